"""`v2meow timeline`: plots a video and its music on one time axis."""

import json
from pathlib import Path
from typing import Annotated

import typer


def timeline(
    video: Annotated[Path, typer.Argument(help="Video with sound, such as the output of `v2meow generate`.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="Output figure, a PNG file.")],
    frames: Annotated[bool, typer.Option(help="Show video frames above the spectrogram.")] = True,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the synchrony measures as JSON on standard output.")
    ] = False,
    env: Annotated[
        str | None,
        typer.Option(
            help="Configuration environment of a project (folder of conf/) that sets sample and frame rates. Default: "
            "the default rates.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Plot how music and picture correspond over time.

    Rows of the figure: video frames; spectrogram with cuts (dashed), movement peaks (triangles) and beats (marks at the
    top); movement and loudness curves.

        v2meow timeline out.mp4 -o out.png
    """
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.clock import Clock
    from v2meow_pipeline.evaluation.timeline import draw_timeline, read_timeline

    clock = Clock() if env is None else Clock.parse(load_config(Path.cwd(), env, "parameters")["clock"])
    found = read_timeline(video, clock.sample_rate_hz, float(clock.flow_fps))
    draw_timeline(found, output, video if frames else None)
    figures = {key: round(value, 3) for key, value in found.figures().items()}
    if as_json:
        typer.echo(json.dumps({"picture": str(output), **figures}, indent=1))
    else:
        typer.echo(f"{output}: " + ", ".join(f"{key} {value:g}" for key, value in figures.items()))
