"""Where servers listen, and what is said if they cannot."""

import socket

import pytest
from tests.support.servers import free_port

from v2meow_pipeline.app.commands.server_options import page_address
from v2meow_pipeline.errors import ConfigError


def test_a_port_that_is_in_use_is_named_with_a_free_one() -> None:
    """Catches a server that prints its address and then ends with an error of the operating system."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(ConfigError, match=f"Port {port} is in use.*--port {port + 1}"):
            page_address("127.0.0.1", port)
    assert page_address("127.0.0.1", port) == f"http://127.0.0.1:{port}/", "free again"


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_an_address_of_another_machine_is_refused(host: str) -> None:
    """Catches a traceback for a mistyped address."""
    with pytest.raises(ConfigError, match=f"Cannot listen on {host}:.*--host"):
        page_address(host, free_port())


def test_the_page_can_be_opened_if_the_server_listens_everywhere() -> None:
    """Catches http://0.0.0.0, which some browsers refuse."""
    port = free_port()
    assert page_address("0.0.0.0", port) == f"http://localhost:{port}/"
