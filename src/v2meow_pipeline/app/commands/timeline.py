"""`v2meow timeline`: a video and its music, seen on one time axis."""

import json
from pathlib import Path
from typing import Annotated

import typer


def timeline(
    video: Annotated[Path, typer.Argument(help="A video with sound, such as `v2meow generate` writes.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The picture, a PNG file.")],
    frames: Annotated[bool, typer.Option(help="Show frames of the video above the spectrogram.")] = True,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON on standard output.")] = False,
    env: Annotated[str, typer.Option(help="Environment whose rates are used: base, test, paper.")] = "base",
) -> None:
    """See how music and picture go together.

    Frames; the spectrogram with the picture's cuts (dashed), peaks of movement (triangles) and the music's beats
    (marks at the top); movement with loudness.

        v2meow timeline out.mp4 -o out.png
    """
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.clock import Clock
    from v2meow_pipeline.evaluation.timeline import draw_timeline, read_timeline

    clock = Clock.parse(load_config(Path.cwd(), env, "parameters")["clock"])
    found = read_timeline(video, clock.sample_rate_hz, float(clock.flow_fps))
    draw_timeline(found, output, video if frames else None)
    figures = {key: round(value, 3) for key, value in found.figures().items()}
    if as_json:
        typer.echo(json.dumps({"picture": str(output), **figures}, indent=1))
    else:
        typer.echo(f"{output}: " + ", ".join(f"{key} {value:g}" for key, value in figures.items()))
