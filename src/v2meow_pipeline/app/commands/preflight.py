"""`v2meow preflight`: checks what an environment needs before it is run."""

from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.app.commands.check_list import print_checks

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
    from v2meow_pipeline.app.preflight import run_checks

    print_checks(run_checks(Path.cwd(), env, clips), as_json, MISSING)
