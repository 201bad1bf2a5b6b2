"""Options of commands that start an HTTP server."""

import errno
import socket
from typing import Annotated

import typer

from v2meow_pipeline.errors import ConfigError

Host = Annotated[str, typer.Option(help="Address to listen on; the default is this machine only.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]


def page_address(host: str, port: int) -> str:
    """Address of a server's page for a browser on this machine.

    Args:
        host: address to listen on.
        port: port to listen on.

    Returns:
        URL with a slash at the end.

    Raises:
        ConfigError: if nothing can listen there, such as on a port that is in use.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the server does
            probe.bind(address)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            problem = f"Port {port} is in use."
            raise ConfigError(problem, f"Stop the program that uses it, or add --port {port + 1}.") from error
        problem = f"Cannot listen on {host}:{port}: {error.strerror or error}."
        raise ConfigError(problem, "Choose an address of this machine with --host, or another --port.") from error
    # These mean all addresses of the machine; a browser cannot open them everywhere.
    shown = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


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
