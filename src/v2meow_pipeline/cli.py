"""Commands that Kedro adds to `kedro` in this project: they name the extra that a built-in command needs."""

from collections.abc import Mapping
from importlib.util import find_spec

import click

from v2meow_pipeline.run_errors import USAGE_ERROR

INSTALL = ".venv/bin/pip install -c constraints.txt -e '.[notebook]'"
# Modules without which Kedro's own commands print "NoneType: None", or do not exist.
MODULES = {"ipython": "IPython", "jupyter": "notebook", "viz": "kedro_viz"}


def explaining_commands(modules: Mapping[str, str] = MODULES) -> dict[str, click.Command]:
    """Commands that replace those whose packages are not installed.

    Args:
        modules: required module by name of the command.

    Returns:
        Commands by name, which print what to install and exit with 2.
    """
    return {name: _explain(name, module) for name, module in modules.items() if find_spec(module) is None}


def _explain(name: str, module: str) -> click.Command:
    def explain(words: tuple[str, ...]) -> None:
        click.echo(f"kedro {name}: the package {module} is not installed. Install it: {INSTALL}", err=True)
        raise SystemExit(USAGE_ERROR)

    anything = {"ignore_unknown_options": True, "help_option_names": []}
    words = click.Argument(["words"], nargs=-1, type=click.UNPROCESSED)
    return click.Command(name, callback=explain, params=[words], context_settings=anything, help=f"Needs {module}.")


cli = click.Group("v2meow", commands=explaining_commands())
