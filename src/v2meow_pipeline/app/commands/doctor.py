"""`v2meow doctor`: checks the installation."""

import json
from pathlib import Path
from typing import Annotated

import typer


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON on standard output.")] = False,
) -> None:
    """Check ffmpeg, torch, threads, memory, disk, weights, packages and ports, with a remedy for each failure.

    The exit code is 1 if something is missing that generation needs.
    """
    from rich.console import Console

    from v2meow_pipeline.app.doctor import run_checks

    console, checks = Console(highlight=False), []
    for check in run_checks(Path.cwd()):
        checks.append(check)
        if not as_json:
            mark = "[green]ok[/]" if check.ok else "[red]missing[/]" if check.required else "[yellow]note[/]"
            console.print(f"{mark:<19} {check.name:<18}", end="")
            console.print(check.found, markup=False)
            if check.remedy:
                console.print(f"{'':<28}{check.remedy}", markup=False)
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in checks], indent=1))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)
