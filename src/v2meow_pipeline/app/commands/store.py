"""`v2meow ui` and `v2meow repair`: opens the MLflow store, and corrects its artifact locations."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.app.commands.server_options import page_address


def ui(
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the server, which listens only on 127.0.0.1.")
    ] = 5000,
    env: Annotated[
        str,
        typer.Option(help="Configuration environment (folder of conf/) whose runs are compared: base, test, paper."),
    ] = "base",
) -> None:
    """Open the MLflow UI on a comparison of runs: losses, curves, scores, figures."""
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
    for location in misplaced(project):
        typer.echo(f"Artifact locations of earlier runs point to {location}; run `v2meow repair` to correct them.")
    served = store.startswith("http")
    server = store if served else page_address("127.0.0.1", port)
    typer.echo(f"Compare runs: {server.rstrip('/')}{page}")
    if not served:
        words = ["-m", "mlflow", "ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port)]
        sys.stdout.flush()
        os.execv(sys.executable, [sys.executable, *words])


def repair() -> None:
    """Correct the artifact locations of runs after the project was moved or copied."""
    from v2meow_pipeline.tracking.repair import repair as correct

    typer.echo(f"{correct(Path.cwd())} addresses corrected.")
