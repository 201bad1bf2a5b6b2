"""`v2meow preflight`: checks what an environment needs before it is run."""

import json
from pathlib import Path
from typing import Annotated

import typer

MISSING = 2


def preflight(
    env: Annotated[str, typer.Option(help="Configuration environment, a folder of conf/: local, paper.")] = "local",
    clips: Annotated[
        int | None,
        typer.Option(min=1, help="Expected number of clips. Default: estimated from the videos.", show_default=False),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON on standard output.")] = False,
) -> None:
    """List what is missing before an environment is trained: weights, videos, captions, disk, memory, GPUs, ffmpeg.

    Published weights are loaded, so that files of another layout are found. The exit code is 0 if everything is there,
    else 2, with a remedy for each missing thing. Networks that are still to be trained are notes.

        v2meow preflight --env paper --clips 1800000
    """
    from v2meow_pipeline.app.commands.doctor import print_check
    from v2meow_pipeline.app.preflight import run_checks

    checks = []
    for check in run_checks(Path.cwd(), env, clips):
        checks.append(check)
        if not as_json:
            print_check(check)
    if as_json:
        typer.echo(json.dumps([check._asdict() for check in checks], indent=1))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(MISSING)
