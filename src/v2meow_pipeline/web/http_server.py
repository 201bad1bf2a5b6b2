"""HTTP server of an application."""

import contextlib

import uvicorn
from fastapi import FastAPI


def run_server(app: FastAPI, host: str, port: int, proxy: str | None = None) -> None:
    """Serves an application until it is interrupted.

    Args:
        app: the application.
        host: address to listen on.
        port: port to listen on.
        proxy: address of a reverse proxy whose X-Forwarded-For header states the client; None for none.
    """
    # Interrupts are how the server is stopped.
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run(
            app,
            host=host,
            port=port,
            log_level="warning",
            proxy_headers=proxy is not None,
            forwarded_allow_ips=proxy,
            timeout_graceful_shutdown=3,
        )
