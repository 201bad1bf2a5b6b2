"""`v2meow diagnose`: the quality lost at each step from video to sound."""

import json
import sys
from contextlib import nullcontext, redirect_stdout
from pathlib import Path
from typing import Annotated, Any

import typer

PIPELINE = "diagnose"


def diagnose(
    clips: Annotated[int | None, typer.Option(min=1, help="Maximum number of clips.")] = None,
    split: Annotated[str | None, typer.Option(help="Split of the manifest, such as val. Default: test-iid.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Random seed of generation, two-sample tests and confidence intervals.")
    ] = None,
    models: Annotated[
        str | None,
        typer.Option(help="Folder of trained models, or a registered model such as models:/v2meow@champion."),
    ] = None,
    env: Annotated[
        str, typer.Option(help="Configuration environment, a folder of conf/: local, test, paper.")
    ] = "local",
    as_json: Annotated[bool, typer.Option("--json", help="Print all metrics as JSON on standard output.")] = False,
) -> None:
    """Measure how much quality each step from video to sound loses.

    The table has one row each for the codec alone, for generated fine tokens, for generated coarse tokens, and for all
    tokens generated, with and without video. Same as `kedro run --pipeline diagnose`, which logs a table and a figure
    to an MLflow run. Options that are not given are read from the parameters `diagnose`.
    """
    from v2meow_pipeline.app.environment import resolve

    overrides = {"clips": clips, "split": split, "seed": seed, "models": str(resolve(models)) if models else None}
    # With --json, the table goes to standard error so that standard output is valid JSON.
    with redirect_stdout(sys.stderr) if as_json else nullcontext():
        numbers = _run(Path.cwd(), env, {key: value for key, value in overrides.items() if value is not None})
    if as_json:
        typer.echo(json.dumps(numbers, indent=1))


def _run(project: Path, env: str, overrides: dict[str, Any]) -> Any:
    """Runs the pipeline in this process.

    Args:
        project: root directory of the Kedro project.
        env: configuration environment.
        overrides: values that replace parameters of `diagnose`.

    Returns:
        The dataset `diagnosis_metrics` that the pipeline saved.
    """
    from kedro.framework.session import KedroSession
    from kedro.framework.startup import bootstrap_project

    bootstrap_project(project)
    with KedroSession.create(project_path=project, env=env, runtime_params={PIPELINE: overrides}) as session:
        assert isinstance(session, KedroSession)
        session.run(pipeline_names=[PIPELINE])
        return session.load_context().catalog.load("diagnosis_metrics")
