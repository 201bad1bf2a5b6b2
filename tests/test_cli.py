"""Commands of Kedro whose packages are an extra."""

from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.support.project import command, make_project
from tests.support.project import run as run_command

from v2meow_pipeline.cli import MODULES, cli, explaining_commands


@pytest.mark.parametrize("words", [[], ["notebook"], ["--env", "test"], ["--help"]])
def test_what_is_missing_is_said_with_the_way_to_install_it(words: list[str]) -> None:
    """Catches "NoneType: None", which is all that Kedro says."""
    [explain] = explaining_commands({"jupyter": "a_module_that_is_not_installed"}).values()
    done = CliRunner().invoke(explain, words)
    assert done.exit_code == 2 and done.output.count("\n") == 1
    assert "a_module_that_is_not_installed" in done.output and "[notebook]" in done.output


def test_what_is_installed_is_not_replaced(tmp_path: Path) -> None:
    """Catches commands of Kedro that stop working, and others that are lost."""
    assert explaining_commands({"ipython": "pytest"}) == {}
    assert set(cli.commands) <= set(MODULES)
    shown = run_command(make_project(tmp_path / "project"), command("kedro"), "--help")
    assert all(name in shown for name in ("run", "catalog", "ipython", "jupyter"))
