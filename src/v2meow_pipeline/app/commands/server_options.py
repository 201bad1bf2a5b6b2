"""Options of commands that start an HTTP server."""

from typing import Annotated

import typer

Host = Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def announce(host: str, addresses: str, warning: str) -> None:
    """Prints the addresses of a server.

    Args:
        host: address that it listens on.
        addresses: addresses of its pages.
        warning: sentence for standard error when other machines can reach it.
    """
    from v2meow_pipeline.web.addresses import is_loopback

    typer.echo(f"{addresses}  (Ctrl-C stops it)")
    if not is_loopback(host):
        typer.echo(f"There is no login: everybody who reaches this address can {warning}.", err=True)
