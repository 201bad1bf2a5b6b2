"""`v2meow baseline`: music by baseline methods, as WAV files ready for `v2meow score`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.clock import Clock

app = typer.Typer(
    help="Make music with a baseline method: rules on the picture's movement, or MusicGen on captions.",
    no_args_is_help=True,
)

Output = Annotated[Path, typer.Option("--output", "-o", help="Output folder; one WAV file per clip.")]
Seed = Annotated[int, typer.Option(help="Random seed; the same seed gives the same music.")]
Env = Annotated[
    str,
    typer.Option(
        help="Configuration environment (folder of conf/) that sets sample and frame rates: base, test, paper."
    ),
]


@app.command()
def rules(
    videos: Annotated[Path, typer.Option(help="Folder of video clips.")],
    output: Output,
    seed: Seed = 0,
    env: Env = "base",
) -> None:
    """Make rule-based music from each video's movement and cuts.

    Tempo follows the period of the movement, bars follow cuts, note density follows speed, and accents follow movement
    peaks. Rendered as General MIDI.

        v2meow baseline rules --videos clips --output out/rules
    """
    from v2meow_pipeline.evaluation.baselines.files import rules_files

    made = rules_files(videos, output, seed, _clock(env))
    typer.echo(f"{made} files in {output}")


@app.command()
def musicgen(
    captions: Annotated[Path, typer.Option(help="CSV with the columns file and caption.")],
    output: Output,
    seconds: Annotated[float, typer.Option(min=1, max=30, help="Length of each piece, s.")] = 10.0,
    seed: Seed = 0,
    env: Env = "base",
) -> None:
    """Make music from each caption with MusicGen; the video is not used.

    The MusicGen model must be in the models folder (docs/how-to/pretrained.md). To continue an interrupted run, run the
    same command again: files made from the same caption, seed, length and model are kept.

        v2meow baseline musicgen --captions captions.csv --output out/musicgen
    """
    from v2meow_pipeline.evaluation.baselines.files import musicgen_files

    made, kept = musicgen_files(captions, output, seconds, seed, _clock(env))
    typer.echo(f"{made} new files in {output}, {kept} existed already.")


def _clock(env: str) -> "Clock":
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.clock import Clock

    return Clock.parse(load_config(Path.cwd(), env, "parameters")["clock"])
