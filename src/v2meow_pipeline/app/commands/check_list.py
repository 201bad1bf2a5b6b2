"""Prints the checks of `v2meow doctor` and `v2meow preflight`."""

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.app.doctor import Check


def print_checks(checks: "Iterable[Check]", as_json: bool, exit_code: int) -> None:
    """Prints each check as it is done, or all of them as JSON.

    Args:
        checks: results of the checks.
        as_json: whether to print JSON.
        exit_code: exit code if something required is missing.

    Raises:
        Exit: with `exit_code`, when something required is missing.
    """
    done = []
    for check in checks:
        done.append(check)
        if not as_json:
            _print_check(check)
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in done], indent=1))
    if any(check.required and not check.ok for check in done):
        raise typer.Exit(exit_code)


def _print_check(check: "Check") -> None:
    """Prints the result of a check, and its remedy if it failed.

    Args:
        check: result of the check.
    """
    from rich.console import Console

    console = Console(highlight=False)
    mark = "[green]ok[/]" if check.ok else "[red]missing[/]" if check.required else "[yellow]note[/]"
    console.print(f"{mark:<19} {check.name:<18} ", end="")
    console.print(check.found, markup=False, soft_wrap=True)
    if check.remedy:
        console.print(f"{'':<28}{check.remedy}", markup=False, soft_wrap=True)
