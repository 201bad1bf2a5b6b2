"""The package without its extra `pipeline`: it generates music, and other commands say what is missing."""

import json
import re
import subprocess
import sys
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from tests.support.project import ROOT

from v2meow_pipeline.app.demo import real_clip

pytestmark = pytest.mark.xdist_group("trained")
# An entry None in sys.modules makes Python raise ModuleNotFoundError, as if the package were not installed.
SCRIPT = """
import json, sys
sys.modules.update(dict.fromkeys(json.loads(sys.argv[1])))
sys.argv = ["v2meow", *sys.argv[2:]]
from v2meow_pipeline.app.main import main
main()
"""


def modules_of_extra(extra: str) -> list[str]:
    """Importable names of the packages that an extra adds to the core."""
    added = {
        re.split(r"[\[<>=!;~ ]", requirement, maxsplit=1)[0].lower().replace("_", "-")
        for requirement in requires("v2meow-pipeline") or []
        if f'extra == "{extra}"' in requirement
    }
    added -= {"v2meow-pipeline"}
    return sorted(
        name
        for name, distributions in packages_distributions().items()
        if {distribution.lower().replace("_", "-") for distribution in distributions} & added
    )


def run_core(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs a v2meow command in a process that cannot import the packages of the extra."""
    command = [sys.executable, "-c", SCRIPT, json.dumps(modules_of_extra("pipeline")), *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)


def test_generation_needs_the_core_only(trained: Path, tmp_path: Path) -> None:
    """Catches an import of a training or orchestration package on the way to a soundtrack."""
    models, output = trained / "data/test/06_models", tmp_path / "out.mp4"
    options = ["--model", str(models), "--takes", "2", "--prompt", "calm piano"]
    done = run_core("generate", str(real_clip()), "-o", str(output), *options)
    assert done.returncode == 0, done.stderr
    assert output.is_file()


def test_other_commands_name_the_missing_package() -> None:
    """Catches a traceback where one line says what to install."""
    done = run_core("model")
    assert done.returncode == 2
    assert re.fullmatch(
        r"v2meow: this command needs the package \w+, which is not installed\. .*pip install.*\n", done.stderr
    )
