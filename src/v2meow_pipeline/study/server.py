"""The application of `v2meow study serve`, and its HTTP server."""

from collections.abc import Collection

from fastapi import FastAPI
from starlette.middleware import Middleware

from v2meow_pipeline.study.api import FILES_PREFIX, REGISTRATION_PATH, make_page_router, make_router, page_files
from v2meow_pipeline.study.security_headers import SecurityHeaders
from v2meow_pipeline.study.session import StudySessions
from v2meow_pipeline.web.addresses import LOCAL_NAMES, is_loopback
from v2meow_pipeline.web.error_handlers import add_error_handlers
from v2meow_pipeline.web.http_server import run_server
from v2meow_pipeline.web.rate_limit import RateLimit
from v2meow_pipeline.web.request_guard import RequestGuard

MAX_BODY_BYTES = 20_000
# A rater sends a few per minute; many may share one address.
POSTS_A_MINUTE = 600
RATERS_PER_HOUR = 50


def make_app(
    sessions: StudySessions, hosts: Collection[str] | None = LOCAL_NAMES, raters_per_hour: int = RATERS_PER_HOUR
) -> FastAPI:
    """The application: page, media and API.

    Args:
        sessions: sessions of the study.
        hosts: host names by which clients may call the server; None allows all.
        raters_per_hour: maximum number of raters who start from one network address per hour.

    Returns:
        The ASGI application.
    """
    registrations, posts = RateLimit(raters_per_hour, 3600.0), RateLimit(POSTS_A_MINUTE, 60.0)

    def check_post(path: str, client: str) -> None:
        posts(client)
        if path == REGISTRATION_PATH:
            registrations(client)

    guard = Middleware(RequestGuard, max_bytes=MAX_BODY_BYTES, hosts=hosts, check_post=check_post)
    app = FastAPI(
        title=sessions.design.config.title,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        middleware=[Middleware(SecurityHeaders), guard],
    )
    add_error_handlers(app, "Reload the page.")
    app.include_router(make_router(sessions))
    app.include_router(make_page_router(sessions))
    app.mount(FILES_PREFIX, page_files())
    return app


def serve(
    sessions: StudySessions, host: str, port: int, proxy: str | None = None, raters_per_hour: int = RATERS_PER_HOUR
) -> None:
    """Runs the server until it is interrupted.

    Args:
        sessions: sessions of the study.
        host: address to listen on.
        port: port to listen on.
        proxy: address of a reverse proxy; None for none.
        raters_per_hour: maximum number of raters who start from one network address per hour.
    """
    hosts = LOCAL_NAMES if is_loopback(host) and proxy is None else None
    app = make_app(sessions, hosts, raters_per_hour)
    run_server(app, host, port, proxy)
