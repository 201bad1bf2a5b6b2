"""`v2meow diagnose`: which part of the chain from video to sound loses how much."""

import json
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

PIPELINE = "diagnose"


def diagnose(
    clips: Annotated[int | None, typer.Option(min=1, help="Clips of the split, at most.")] = None,
    split: Annotated[str | None, typer.Option(help="Split of the manifest, such as val; by default test-iid.")] = None,
    seed: Annotated[int | None, typer.Option(help="Seeds the music, the two-sample test and the intervals.")] = None,
    models: Annotated[
        str | None,
        typer.Option(help="Folder of trained models, or a registered one such as models:/v2meow@champion."),
    ] = None,
    env: Annotated[str, typer.Option(help="Environment of the configuration: local, test, paper.")] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print all numbers as JSON on standard output.")] = False,
) -> None:
    """Show where music is lost on the way from video to sound.

    A row each for the codec alone, for generated fine tokens, for generated coarse tokens, and for everything
    generated, with and without video. The same as `kedro run --pipeline diagnose`: a run in MLflow with table and
    picture. What is not given is taken from the parameters `diagnose`.
    """
    from v2meow_pipeline.app.environment import resolve

    asked = {"clips": clips, "split": split, "seed": seed, "models": str(resolve(models)) if models else None}
    # The table goes where it does not mix with JSON.
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        numbers = _run(Path.cwd(), env, {key: value for key, value in asked.items() if value is not None})
    if as_json:
        typer.echo(json.dumps(numbers, indent=1))


def _run(project: Path, env: str, asked: dict[str, Any]) -> Any:
    """Runs the pipeline in this process.

    Args:
        project: root of the project.
        env: environment of the configuration.
        asked: parameters of `diagnose` that replace the environment's.

    Returns:
        What the pipeline saved as `diagnosis_metrics`.
    """
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project)
    with KedroSession.create(project_path=project, env=env, runtime_params={PIPELINE: asked}) as session:
        assert isinstance(session, KedroSession)
        session.run(pipeline_names=[PIPELINE])
        return session.load_context().catalog.load("diagnosis_metrics")
