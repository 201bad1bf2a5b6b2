"""Shell completion of the `v2meow` command, as the shells call it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from tests.support.project import command

SHELLS = ("bash", "zsh", "fish")


def _complete(shell: str, typed: str) -> str:
    """What the completion of a shell is given for a command line."""
    words = typed.split(" ")
    variables = {
        "bash": {"_V2MEOW_COMPLETE": "complete_bash", "COMP_WORDS": typed, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_V2MEOW_COMPLETE": "complete_zsh", "_TYPER_COMPLETE_ARGS": typed},
        "fish": {
            "_V2MEOW_COMPLETE": "complete_fish",
            "_TYPER_COMPLETE_ARGS": typed,
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        },
    }[shell]
    done = subprocess.run(
        [command("v2meow")], env=os.environ | variables, capture_output=True, text=True, check=False, timeout=300
    )
    assert not done.stderr, done.stderr
    return done.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_commands_and_options_are_completed(shell: str) -> None:
    """Catches completion that is turned off, or that fails in one of the shells."""
    assert "generate" in _complete(shell, "v2meow gen")
    assert "--reference" in _complete(shell, "v2meow generate --ref")


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_for_the_shell_is_valid(shell: str, tmp_path: Path) -> None:
    """Catches a script that the shell cannot read."""
    variables = os.environ | {"_V2MEOW_COMPLETE": f"source_{shell}"}
    script = subprocess.run([command("v2meow")], env=variables, capture_output=True, text=True, check=True).stdout
    assert "_V2MEOW_COMPLETE" in script
    if shutil.which(shell):
        (tmp_path / "script").write_text(script)
        subprocess.run([shell, "-n", str(tmp_path / "script")], check=True)


def test_completion_imports_no_heavy_package() -> None:
    """Catches an import that makes each press of the tab key take seconds."""
    heavy = ["torch", "av", "librosa", "mlflow", "ray", "kedro", "numpy", "scipy", "lightning", "transformers"]
    code = f"import sys, v2meow_pipeline.app.main; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
