"""`v2meow ui` and `v2meow repair`: the store of runs and models."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer


def ui(
    port: Annotated[int, typer.Option(help="Of the server, which listens on 127.0.0.1 alone.")] = 5000,
    env: Annotated[str, typer.Option(help="Environment whose runs are compared: base, test, paper.")] = "base",
) -> None:
    """Open MLflow on a comparison of the runs: losses, curves, scores, pictures."""
    from v2meow_pipeline.app.environment import load_config, open_store
    from v2meow_pipeline.evaluation.generate import MODEL
    from v2meow_pipeline.models.stages import STAGE_NAMES
    from v2meow_pipeline.tracking.comparison_view import publish_view
    from v2meow_pipeline.tracking.repair import misplaced
    from v2meow_pipeline.tracking.runs import store_uri

    project = Path.cwd()
    open_store(project, env)
    settings, parameters = (load_config(project, env, kind) for kind in ("mlflow", "parameters"))
    scores = [f"{MODEL}/{metric}" for metric in parameters["headline_metrics"]]
    page, store = publish_view(settings["experiment"], STAGE_NAMES, scores), store_uri()
    for place in misplaced(project):
        typer.echo(f"Files of earlier runs are looked for in {place}; `v2meow repair` corrects that.")
    served = store.startswith("http")
    typer.echo(f"Compare runs: {store.rstrip('/') if served else f'http://127.0.0.1:{port}'}{page}")
    if not served:
        words = ["-m", "mlflow", "ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port)]
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *words])


def repair() -> None:
    """Correct where runs' files are looked for, after the project was moved or copied."""
    from v2meow_pipeline.tracking.repair import repair as correct

    typer.echo(f"{correct(Path.cwd())} addresses corrected.")
