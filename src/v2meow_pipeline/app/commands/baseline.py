"""`v2meow baseline`: music by other ideas, ready for `v2meow score`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.clock import Clock

app = typer.Typer(
    help="Make music by another idea: rules on the picture's movement, or captions alone.", no_args_is_help=True
)

Output = Annotated[Path, typer.Option("--output", "-o", help="Folder that the sound goes to: a WAV file a clip.")]
Seed = Annotated[int, typer.Option(help="Another seed, other music; the same seed, the same music.")]
Env = Annotated[str, typer.Option(help="Environment whose clock is used: base, test, paper.")]


@app.command()
def rules(
    videos: Annotated[Path, typer.Option(help="Folder of the clips' videos.")],
    output: Output,
    seed: Seed = 0,
    env: Env = "base",
) -> None:
    """Music from each video's movement and cuts, by rules.

    Tempo from the period of the movement, bars from cuts, density from speed, strength from peaks; General MIDI.

        v2meow baseline rules --videos clips --output out/rules
    """
    from v2meow_pipeline.evaluation.baselines.files import rules_files

    made = rules_files(videos, output, seed, _clock(env))
    typer.echo(f"{made} files in {output}")


@app.command()
def musicgen(
    captions: Annotated[Path, typer.Option(help="CSV with the columns file and caption.")],
    output: Output,
    seconds: Annotated[float, typer.Option(min=1, max=30, help="Of each piece.")] = 10.0,
    seed: Seed = 0,
    env: Env = "base",
) -> None:
    """Music from each caption, by MusicGen, without the video.

    Wants the model in the models folder (docs/how-to/pretrained.md). An interrupted run is continued by the same
    command: what is there from the same caption, seed, length and model is kept.

        v2meow baseline musicgen --captions captions.csv --output out/musicgen
    """
    from v2meow_pipeline.evaluation.baselines.files import musicgen_files

    made, kept = musicgen_files(captions, output, seconds, seed, _clock(env))
    typer.echo(f"{made} new files in {output}, {kept} were there.")


def _clock(env: str) -> "Clock":
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.clock import Clock

    return Clock.parse(load_config(Path.cwd(), env, "parameters")["clock"])
