"""`v2meow doctor`: checks the installation."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.app.doctor import Check


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON on standard output.")] = False,
) -> None:
    """Check ffmpeg, torch, threads, memory, disk, weights, packages and ports, with a remedy for each failure.

    The exit code is 1 if something is missing that generation needs.
    """
    from v2meow_pipeline.app.doctor import run_checks

    checks = []
    for check in run_checks(Path.cwd()):
        checks.append(check)
        if not as_json:
            print_check(check)
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in checks], indent=1))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


def print_check(check: "Check") -> None:
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
