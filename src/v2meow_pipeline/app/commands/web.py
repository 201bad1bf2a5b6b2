"""`v2meow web`: web page and REST API."""

from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline.app.commands.extras import require_extra

# Modules of the extra `web`.
MODULES = ("gradio", "fastapi", "uvicorn", "python_multipart", "fastapi_offline")


def web(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder of trained models, `release`, or a registered model; may be repeated. Default: this project's "
            "models if they are trained, else the release.",
            show_default=False,
        ),
    ] = None,
    host: Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 7860,
    data: Annotated[Path, typer.Option(help="Folder of jobs, uploads and results.")] = Path("data/web"),
    max_upload_mb: Annotated[float, typer.Option(min=0.001, help="Maximum size of an upload, megabytes.")] = 200.0,
    max_video_s: Annotated[float, typer.Option(min=0.1, help="Maximum duration of a video, seconds.")] = 180.0,
    max_queued: Annotated[int, typer.Option(min=1, help="Maximum number of jobs that are queued or running.")] = 20,
    jobs_per_hour: Annotated[int, typer.Option(min=1, help="Maximum number of jobs of one client per hour.")] = 30,
    keep_hours: Annotated[float, typer.Option(min=0.001, help="Finished jobs are deleted after this time.")] = 24.0,
    private_webhooks: Annotated[
        bool, typer.Option("--private-webhooks", help="Allow webhooks with private or loopback addresses.")
    ] = False,
    proxy: Annotated[
        str | None,
        typer.Option(help="Address of a reverse proxy whose X-Forwarded-For header states the client's address."),
    ] = None,
) -> None:
    """Open a web page that puts music on uploaded videos, with a REST API beside it (/api/v1/docs).

    Needs the extra `web`. There is no login: with --host, everybody who reaches the address can submit videos.
    """
    require_extra("web", MODULES)
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import composer_of, describe_bundle
    from v2meow_pipeline.web.addresses import is_loopback
    from v2meow_pipeline.web.config import WebConfig
    from v2meow_pipeline.web.server import serve

    found = [resolve_models(name) for name in model] if model else [resolve_models(None)]
    for source in found:
        describe_bundle(source.folder, composer_of(source.folder))  # raises if models are missing
    config = WebConfig(
        folder=data,
        max_upload_mb=max_upload_mb,
        max_video_s=max_video_s,
        max_queued=max_queued,
        jobs_per_hour=jobs_per_hour,
        keep_hours=keep_hours,
        private_webhooks=private_webhooks,
    )
    typer.echo(f"Page: http://{host}:{port}/  API: http://{host}:{port}/api/v1/docs  (Ctrl-C stops it)")
    if not is_loopback(host):
        typer.echo("There is no login: everybody who reaches this address can submit videos.", err=True)
    serve({source.name: source for source in found}, config, host, port, proxy)
