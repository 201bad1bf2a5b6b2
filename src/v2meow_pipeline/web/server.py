"""The application of `v2meow web`, and its HTTP server."""

import contextlib
import re
from collections.abc import Collection, Mapping

from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.middleware import Middleware

from v2meow_pipeline import __version__
from v2meow_pipeline.composer import ModelSource
from v2meow_pipeline.web.addresses import LOCAL_NAMES, is_loopback
from v2meow_pipeline.web.api import PREFIX, add_unknown_addresses, make_router
from v2meow_pipeline.web.config import WebConfig
from v2meow_pipeline.web.error_handlers import add_error_handlers
from v2meow_pipeline.web.generation_process import Load
from v2meow_pipeline.web.http_server import run_server
from v2meow_pipeline.web.job_queue import JobQueue
from v2meow_pipeline.web.page import mount_page
from v2meow_pipeline.web.request_guard import RequestGuard

# Paths to which videos are uploaded: the API's and the page's.
UPLOAD_PATHS = re.compile(rf"{PREFIX}/jobs(/[^/]+/continue)?|/gradio_api/upload")
DESCRIPTION = "Submit a video, read the job until it is done, and download takes of music as MP4 and WAV files."


def make_app(queue: JobQueue, hosts: Collection[str] | None = LOCAL_NAMES) -> FastAPI:
    """The application: REST API, its documentation, and the page.

    Args:
        queue: the server's jobs; the caller starts and stops it.
        hosts: host names by which clients may call the server; None allows all.

    Returns:
        The ASGI application.
    """

    def check_post(path: str, client: str) -> None:
        if UPLOAD_PATHS.fullmatch(path):
            queue.check_capacity(client)

    guard = Middleware(RequestGuard, max_bytes=queue.config.max_upload_bytes, hosts=hosts, check_post=check_post)
    app = FastAPIOffline(
        title="v2meow",
        version=__version__,
        description=DESCRIPTION,
        docs_url=f"{PREFIX}/docs",
        redoc_url=None,
        openapi_url=f"{PREFIX}/openapi.json",
        swagger_ui_oauth2_redirect_url=f"{PREFIX}/docs/oauth2-redirect",
        static_url=f"{PREFIX}/docs-files",
        middleware=[guard],
    )
    add_error_handlers(app, f"See {PREFIX}/docs.")
    app.include_router(make_router(queue))
    add_unknown_addresses(app)
    return mount_page(app, queue)


def serve(
    models: Mapping[str, ModelSource],
    config: WebConfig,
    host: str,
    port: int,
    proxy: str | None = None,
    loaders: Mapping[str, Load] | None = None,
) -> None:
    """Runs the server until it is interrupted.

    Args:
        models: models by name; the first is the default.
        config: data folder and limits.
        host: address to listen on.
        port: port to listen on.
        proxy: address of a reverse proxy whose X-Forwarded-For header states the client; None for none.
        loaders: functions that load the composer of each of the models (job_queue.py).

    Raises:
        V2MeowError: when another server uses the data folder.
    """
    queue = JobQueue(models, config, loaders)
    app = make_app(queue, LOCAL_NAMES if is_loopback(host) and proxy is None else None)
    queue.start()
    with contextlib.closing(queue):
        run_server(app, host, port, proxy)
