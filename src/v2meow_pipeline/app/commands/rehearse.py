"""`v2meow rehearse`: runs an environment at its full sizes on a few clips."""

from pathlib import Path
from typing import Annotated

import typer


def rehearse(
    env: Annotated[str, typer.Option(help="Configuration environment, a folder of conf/: local, paper.")] = "paper",
    folder: Annotated[
        Path, typer.Option(help="Folder of the rehearsal: its configuration, videos, weights and results.")
    ] = Path("data/rehearsal"),
    clips: Annotated[int, typer.Option(min=2, help="Clips for training, as many for validation, and for tests.")] = 2,
    batch: Annotated[int, typer.Option(min=2, help="Examples per optimiser step.")] = 2,
    params: Annotated[
        str, typer.Option(help="Parameters to change, as for `kedro run`: a.b=1,c=x.", show_default=False)
    ] = "",
) -> None:
    """Run an environment at its full sizes: random weights, a few synthetic clips, one optimiser step per part.

    Trains every network and stage for one step, generates and evaluates music, and registers the models, each in a
    process of its own, in a separate folder. The results are noise: it shows that everything runs, with which time and
    memory. An interrupted rehearsal continues. For the paper's sizes, have 24 GiB of memory and 40 GiB of disk.
    """
    from v2meow_pipeline.app.environment import parse_params
    from v2meow_pipeline.app.rehearsal.run import Rehearsal
    from v2meow_pipeline.app.rehearsal.run import rehearse as run_rehearsal

    seconds = run_rehearsal(Rehearsal(Path.cwd(), env, folder, clips, batch, parse_params(params)))
    for name, value in seconds.items():
        print(f"{value:8.0f} s  {name}")
