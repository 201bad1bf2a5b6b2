"""Webhooks: POST requests to a client's server when a job ends.

A client must not be able to make this server call servers inside its own network. So the name is resolved once for
each call, all its addresses must be public, and the connection is made to a checked address, not to the name, which
could be resolved to another one meanwhile. Redirects are not followed.
"""

import http.client
import ipaddress
import json
import socket
import ssl
from typing import Any, NamedTuple
from urllib.parse import SplitResult, urlsplit

from v2meow_pipeline.web.errors import BAD_REQUEST, FORBIDDEN, RequestError

TIMEOUT_S = 10.0
MAX_URL = 2000
PORTS = {"http": 80, "https": 443}
# Translates to IPv4 addresses, which may be private.
_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class _Target(NamedTuple):
    """Checked URL: its parts, port, and the address to connect to."""

    parts: SplitResult
    host: str
    port: int
    address: str


def check_webhook(url: str, private: bool) -> None:
    """Checks a URL before a job is accepted.

    Args:
        url: URL of the webhook.
        private: whether private, loopback and link-local addresses are allowed.

    Raises:
        RequestError: when it is not an HTTP URL, its host is unknown, or an address is not allowed.
    """
    _resolve(url, private)


def call_webhook(url: str, message: dict[str, Any], private: bool) -> None:
    """Sends a JSON message with POST.

    Args:
        url: URL of the webhook.
        message: JSON values.
        private: whether private, loopback and link-local addresses are allowed.

    Raises:
        RequestError: when the URL is not allowed, or the answer is not a success (status 200 to 299).
    """
    target = _resolve(url, private)
    connection = _connection(target)
    path = (target.parts.path or "/") + (f"?{target.parts.query}" if target.parts.query else "")
    try:
        connection.request(
            "POST", path, json.dumps(message), {"Content-Type": "application/json", "User-Agent": "v2meow"}
        )
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        raise RequestError(BAD_REQUEST, f"The webhook cannot be called: {error}.", "Check its server.") from error
    finally:
        connection.close()
    if not 200 <= status < 300:
        raise RequestError(BAD_REQUEST, f"The webhook answered with status {status}.", "Check its server.")


def _resolve(url: str, private: bool) -> _Target:
    remedy = "Give a public http or https URL."
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or PORTS.get(parts.scheme)
    except ValueError as error:
        raise RequestError(BAD_REQUEST, "The webhook is not a valid URL.", remedy) from error
    printable = url.isascii() and url.isprintable() and " " not in url
    if port is None or not host or parts.username or len(url) > MAX_URL or not printable:
        raise RequestError(BAD_REQUEST, "The webhook is not a valid http or https URL.", remedy)
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise RequestError(BAD_REQUEST, f"The webhook's host {host} is unknown.", remedy) from error
    if not private and not all(is_public(address) for address in found):
        problem = f"The webhook's host {host} has a private, loopback or link-local address."
        raise RequestError(FORBIDDEN, problem, remedy)
    return _Target(parts, host, port, min(found))


def is_public(text: str) -> bool:
    """Whether an IP address can be reached from anywhere in the Internet, also if it embeds an IPv4 address."""
    address = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour or (address.teredo or (None,))[-1]
        if embedded is not None:
            return is_public(str(embedded))
        if address in _NAT64:
            return is_public(str(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)))
    return address.is_global and not address.is_multicast


def _connection(target: _Target) -> http.client.HTTPConnection:
    """Connection to the checked address, with the host's name in the request and in TLS."""
    connection: http.client.HTTPConnection
    if target.parts.scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(target.host, target.port, timeout=TIMEOUT_S, context=context)
    else:
        connection = http.client.HTTPConnection(target.host, target.port, timeout=TIMEOUT_S)
    # `http.client` connects with this function, and then negotiates TLS for `host`.
    connection._create_connection = lambda _, *rest: socket.create_connection((target.address, target.port), *rest)  # type: ignore[attr-defined]
    return connection
