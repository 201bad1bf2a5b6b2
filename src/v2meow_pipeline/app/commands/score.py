"""`v2meow score`: the metrics for any system's audio."""

import json
from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.errors import ConfigError

DEFAULT_NAME = "generated"


def score(
    reference: Annotated[Path, typer.Option(help="Folder of the real sound, a file a clip (sound or video files).")],
    generated: Annotated[
        list[str],
        typer.Option(help="Folder of a system's sound, files of the same stems; name=folder, repeatable."),
    ],
    videos: Annotated[Path | None, typer.Option(help="Folder of the clips' videos, for cuts and movement.")] = None,
    captions: Annotated[Path | None, typer.Option(help="CSV with the columns file, caption, genre.")] = None,
    output: Annotated[Path | None, typer.Option("--json", help="Where all numbers go.")] = None,
    seconds: Annotated[float | None, typer.Option(min=1, help="Of each file that count, from its start.")] = None,
    controls: Annotated[bool, typer.Option(help="Score shuffled truth, a click track and silence too.")] = True,
    models: Annotated[
        Path | None, typer.Option(help="Folder of trained models, for the space of music and text.")
    ] = None,
    judge: Annotated[
        list[str] | None,
        typer.Option(help="Network for FAD instead of the environment's, such as vggish or onnx_trill; repeatable."),
    ] = None,
    fidelity: Annotated[
        bool, typer.Option(help="Compare each sound with the real one as a copy of it, for codecs; needs ViSQOL.")
    ] = False,
    env: Annotated[str, typer.Option(help="Environment whose judges and seed are used: base, test, paper.")] = "base",
) -> None:
    """Score any system's audio beside the controls.

    Files are matched by their stem: clip7.mp3 is compared with clip7.wav. A clip that is missing or cannot be read
    stops the run and is named. docs/how-to/compare.md tells how other systems get their row.

        v2meow score --reference real --generated ours=out/ours --generated cmt=out/cmt --json scores.json
    """
    from rich.console import Console

    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.atomic import write_text
    from v2meow_pipeline.clock import Clock
    from v2meow_pipeline.evaluation.evaluate import EvaluationConfig
    from v2meow_pipeline.evaluation.score import ScoreConfig, score_folders
    from v2meow_pipeline.metrics.table import to_rich

    parameters = load_config(Path.cwd(), env, "parameters")
    asked = {"fidelity": fidelity} | ({"judges": judge} if judge else {})
    measured = EvaluationConfig.parse(parameters["evaluate"] | asked).measured()
    config = ScoreConfig.parse({"seconds": seconds, "controls": controls, "measure": measured})
    folders = _named(generated)
    clock = Clock.parse(parameters["clock"])
    result = score_folders(reference, folders, config, clock, videos, captions, models)
    Console().print(to_rich(result, parameters["headline_metrics"]))
    if output is not None:
        write_text(output, json.dumps(result.to_dict(), indent=1) + "\n")
        typer.echo(f"All {len(result.metrics())} metrics, and a row a clip and system: {output}")


def _named(generated: list[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for given in generated:
        name, equals, folder = given.partition("=")
        name, folder = (name, folder) if equals else (DEFAULT_NAME, given)
        if name in folders:
            raise ConfigError(f"Two systems are called {name}.", "Name them: --generated ours=out/ours.")
        folders[name] = Path(folder)
    return folders
