"""The README's commands and its Python program, at the sizes of the test environment."""

import os
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest
import yaml
from tests.support.documented_commands import blocks, commands
from tests.support.project import ROOT, command, make_project

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.media.probe import probe

pytestmark = pytest.mark.slow
README = ROOT / "README.md"
# Commands that other tests run, or that do not end.
ELSEWHERE = {
    (
        "make",
    ): "installs: CI runs `make check` and `make docs`; tests/app/test_demo and test_whole run the parts of the demo",
    ("pip",): "installs: tests/app/test_core_install covers what the core needs",
    ("v2meow", "web"): "tests/web",
    ("v2meow", "retrain"): "tests/app/test_schedule.py, tests/pipelines/test_retrain.py",
    ("kedro", "run", "--pipeline", "ablation"): "tests/pipelines/test_ablation.py",
}
RUN = [
    documented.words
    for documented in commands(README)
    if not any(documented.words[: len(words)] == words for words in ELSEWHERE)
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project whose local settings are the test environment's, with the files that the README names."""
    folder = make_project(tmp_path_factory.mktemp("readme") / "project")
    for path in (ROOT / "conf/test/parameters").glob("*.yml"):
        parameters = yaml.safe_load(path.read_text())
        (folder / "conf/local" / f"parameters_{path.name}").write_text(yaml.safe_dump(parameters))
    shutil.copy(real_clip(), folder / "clip.mp4")
    for name in ("real", "out/theirs"):
        (folder / name).mkdir(parents=True)
        for number in range(2):
            with wave.open(str(folder / name / f"clip{number}.wav"), "wb") as file:
                file.setparams((1, 2, 16_000, 0, "NONE", ""))
                file.writeframes(os.urandom(2 * 16_000 * 4))
    return folder


def test_the_readme_has_commands_to_run() -> None:
    """Catches a pattern that finds nothing."""
    assert len(RUN) >= 6


@pytest.mark.timeout(7200)
def test_commands_of_the_readme(project: Path) -> None:
    """Catches a command that fails where an earlier one of the README has prepared what it needs."""
    for words in RUN:
        if "-o" in words:  # another command's result; a reader chooses another name
            (project / words[words.index("-o") + 1]).unlink(missing_ok=True)
        subprocess.run([command(words[0]), *words[1:]], cwd=project, check=True)


@pytest.mark.timeout(3600)
def test_the_python_program(project: Path) -> None:
    """Catches names and arguments that the package does not have."""
    ((_, program),) = blocks(README, ("python",))
    (project / "out.mp4").unlink(missing_ok=True)
    subprocess.run([sys.executable, "-c", program], cwd=project, check=True)
    assert probe(project / "out.mp4").has_audio
