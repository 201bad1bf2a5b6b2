"""`v2meow doctor`: checks the installation."""

from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.app.commands.check_list import print_checks


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON on standard output.")] = False,
) -> None:
    """Check ffmpeg, torch, threads, memory, disk, weights, packages and ports, with a remedy for each failure.

    The exit code is 1 if something is missing that generation needs.
    """
    from v2meow_pipeline.app.doctor import run_checks

    print_checks(run_checks(Path.cwd()), as_json, 1)
