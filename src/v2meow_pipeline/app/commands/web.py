"""`v2meow web`: web page and REST API."""

from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2meow_pipeline.app.commands.extras import require_extra
from v2meow_pipeline.app.commands.option_groups import with_option_groups
from v2meow_pipeline.app.commands.server_options import Host, Port, announce, page_address
from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from v2meow_pipeline.composer import ModelSource
    from v2meow_pipeline.executors.serving import ServedComposer

# Modules of the extra `web`.
MODULES = ("gradio", "fastapi", "uvicorn", "python_multipart", "fastapi_offline")
# Modules of the extra `serve`.
RAY_MODULES = ("ray", "grpc_reflection")
JOBS_ON_RAY = 4


@dataclass(frozen=True)
class LimitOptions:
    """Options with the names of the fields of `WebConfig`."""

    folder: Annotated[Path, typer.Option("--data", help="Folder of jobs, uploads and results.")] = Path("data/web")
    max_upload_mb: Annotated[float, typer.Option(min=0.001, help="Maximum size of an upload, megabytes.")] = 200.0
    max_video_s: Annotated[float, typer.Option(min=0.1, help="Maximum duration of a video, seconds.")] = 180.0
    max_queued: Annotated[int, typer.Option(min=1, help="Maximum number of jobs that are queued or running.")] = 20
    jobs_per_hour: Annotated[int, typer.Option(min=1, help="Maximum number of jobs of one client per hour.")] = 30
    keep_hours: Annotated[float, typer.Option(min=0.001, help="Finished jobs are deleted after this time.")] = 24.0
    private_webhooks: Annotated[
        bool, typer.Option("--private-webhooks", help="Allow webhooks with private or loopback addresses.")
    ] = False


@dataclass(frozen=True)
class ParallelOptions:
    """Options of jobs that run at the same time."""

    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Number of jobs of each of the models that run at the same time. Default: 1, or 4 with --ray.",
            show_default=False,
        ),
    ] = None
    ray: Annotated[
        bool,
        typer.Option(
            "--ray", help="Compute visual encoders, stages and codec in replicas of Ray Serve (extra `serve`)."
        ),
    ] = False
    replicas: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PART=N",
            help="With --ray: number of replicas of a part (encoders, semantic, coarse, codec), such as semantic=2. "
            "May be repeated. Default: 1 of each.",
            show_default=False,
        ),
    ] = None

    @property
    def jobs_at_once(self) -> int:
        """Number of jobs of each of the models that run at the same time."""
        return self.jobs or (JOBS_ON_RAY if self.ray else 1)


@with_option_groups
def web(
    model: Annotated[
        list[str] | None,
        typer.Option(
            help="Folder of trained models, `release`, or a registered model; may be repeated. Default: this project's "
            "models if they are trained, else the release.",
            show_default=False,
        ),
    ] = None,
    host: Host = "127.0.0.1",
    port: Port = 7860,
    *,
    limits: LimitOptions,
    proxy: Annotated[
        str | None,
        typer.Option(help="Address of a reverse proxy whose X-Forwarded-For header states the client's address."),
    ] = None,
    parallel: ParallelOptions,
) -> None:
    """Open a web page that puts music on uploaded videos, with a REST API beside it (/api/v1/docs).

    Needs the extra `web`. There is no login: with --host, everybody who reaches the address can submit videos.
    """
    require_extra("web", MODULES)
    counts = _counts(parallel.replicas or ())
    if counts and not parallel.ray:
        raise ConfigError("--replicas has no effect without --ray.", "Add --ray, or leave it out.")
    page = page_address(host, port)
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import composer_of, describe_bundle

    found = [resolve_models(name) for name in model] if model else [resolve_models(None)]
    models = {source.name: source for source in found}
    for source in models.values():
        describe_bundle(source.folder, composer_of(source.folder))  # raises if models are missing
    from v2meow_pipeline.web.config import WebConfig
    from v2meow_pipeline.web.server import serve  # after the checks, since Gradio's import takes seconds

    config = WebConfig(jobs_at_once=parallel.jobs_at_once, **vars(limits))
    with _on_ray(models, counts) if parallel.ray else nullcontext() as loaders:
        announce(host, f"Page: {page}  API: {page}api/v1/docs", "submit videos")
        serve(models, config, host, port, proxy, loaders)


def _counts(replicas: Sequence[str]) -> dict[str, int]:
    counts = {}
    for text in replicas:
        name, _, number = text.partition("=")
        if not name or not number.isdecimal() or int(number) < 1:
            raise ConfigError(f"{text!r} is not a number of replicas.", "Write it as semantic=2.")
        counts[name] = int(number)
    return counts


def _on_ray(
    models: "Mapping[str, ModelSource]", replicas: Mapping[str, int]
) -> "AbstractContextManager[Mapping[str, ServedComposer]]":
    require_extra("serve", RAY_MODULES, "web --ray")
    from v2meow_pipeline.executors.serving import serving

    typer.echo("Starting Ray; this takes up to a minute.")
    return serving(models, replicas)
