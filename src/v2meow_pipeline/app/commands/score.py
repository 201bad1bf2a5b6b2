"""`v2meow score`: computes the evaluation metrics for audio of any system."""

import json
from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.errors import ConfigError

DEFAULT_NAME = "generated"


def score(
    reference: Annotated[Path, typer.Option(help="Folder of reference audio, one audio or video file per clip.")],
    generated: Annotated[
        list[str],
        typer.Option(help="Folder of a system's audio, files with the same stems; as name=folder, repeatable."),
    ],
    videos: Annotated[
        Path | None, typer.Option(help="Folder of the clips' videos, for metrics on cuts and movement.")
    ] = None,
    captions: Annotated[
        Path | None, typer.Option(help="CSV with the columns file, caption, genre, for text metrics.")
    ] = None,
    output: Annotated[Path | None, typer.Option("--json", help="JSON file to which all metrics are written.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Length scored of each file, from its start, s.")] = None,
    controls: Annotated[
        bool, typer.Option(help="Also score control systems: shuffled reference, click track, silence.")
    ] = True,
    models: Annotated[
        Path | None, typer.Option(help="Folder of trained models with the music-text embedding, for text metrics.")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(
            help="Embedding network for FAD, such as vggish or onnx_trill; repeatable. Default: the parameter "
            "evaluate.judges."
        ),
    ] = None,
    fidelity: Annotated[
        bool, typer.Option(help="Also score each file as a copy of its reference, for codecs; needs ViSQOL.")
    ] = False,
    env: Annotated[
        str,
        typer.Option(help="Configuration environment (folder of conf/) that sets judges and seed: base, test, paper."),
    ] = "base",
) -> None:
    """Score the audio of any system beside control systems.

    Files are matched by stem: clip7.mp3 is compared with clip7.wav. A missing or unreadable clip is an error that names
    the clip. docs/how-to/compare.md explains how to add other systems to the comparison.

        v2meow score --reference real --generated ours=out/ours --generated cmt=out/cmt --json scores.json
    """
    from rich.console import Console

    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.atomic import write_text
    from v2meow_pipeline.clock import Clock
    from v2meow_pipeline.evaluation.evaluation_config import EvaluationConfig
    from v2meow_pipeline.evaluation.score import ScoreConfig, score_folders
    from v2meow_pipeline.metrics.table import to_rich

    parameters = load_config(Path.cwd(), env, "parameters")
    overrides = {"fidelity": fidelity} | ({"judges": judge} if judge else {})
    measured = EvaluationConfig.parse(parameters["evaluate"] | overrides).measured()
    config = ScoreConfig.parse({"seconds": seconds, "controls": controls, "measure": measured})
    folders = _named(generated)
    clock = Clock.parse(parameters["clock"])
    result = score_folders(reference, folders, config, clock, videos, captions, models)
    Console().print(to_rich(result, parameters["headline_metrics"]))
    if output is not None:
        write_text(output, json.dumps(result.to_dict(), indent=1) + "\n")
        typer.echo(f"{len(result.metrics())} metrics, and one row per clip and system: {output}")


def _named(generated: list[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for given in generated:
        name, equals, folder = given.partition("=")
        name, folder = (name, folder) if equals else (DEFAULT_NAME, given)
        if name in folders:
            raise ConfigError(
                f"Two systems are called {name}.", "Give each system its own name: --generated ours=out/ours."
            )
        folders[name] = Path(folder)
    return folders
