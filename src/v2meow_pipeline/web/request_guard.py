"""ASGI middleware that refuses a request before its body is read: foreign hosts, origins, size, client limits."""

import asyncio
from collections.abc import Callable, Collection
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from v2meow_pipeline.web.config import MEGABYTE
from v2meow_pipeline.web.errors import FORBIDDEN, TOO_LARGE, RequestError

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
DRAIN_S = 10.0


class RequestGuard:
    """Middleware around the whole application.

    Hosts are checked against DNS rebinding: a name of a foreign page that is resolved to 127.0.0.1. Origins are
    checked since a foreign page may send forms to this server.
    """

    def __init__(
        self, app: ASGIApp, max_bytes: int, hosts: Collection[str] | None, check_post: Callable[[str, str], None]
    ) -> None:
        """Stores the limits.

        Args:
            app: ASGI application.
            max_bytes: maximum size of a request body, bytes.
            hosts: allowed host names, without ports; None allows all.
            check_post: raises RequestError to refuse a POST request, given its path and the client's network address.
        """
        self._app, self._max_bytes, self._hosts, self._check_post = app, max_bytes, hosts, check_post

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handles one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._check_source(scope)
            self._check_size(scope)
            if scope["method"] == "POST":
                await asyncio.to_thread(self._check_post, scope["path"], client_of(scope))
        except RequestError as error:
            await _drain(receive, self._max_bytes)
            await _response(error)(scope, receive, send)
            return
        limited = _LimitedBody(self._max_bytes, self._too_large(), scope, receive, send)
        await self._app(scope, limited.receive, limited.send)

    def _check_source(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self._hosts is not None and urlsplit(f"//{host}").hostname not in self._hosts:
            raise RequestError(FORBIDDEN, "This host name is not allowed.", "Use the address that the server prints.")
        origin = headers.get("origin")
        if scope["method"] not in SAFE_METHODS and origin is not None and urlsplit(origin).netloc != host:
            raise RequestError(FORBIDDEN, "Requests from other pages are not allowed.", "Use the server's own page.")

    def _check_size(self, scope: Scope) -> None:
        length = Headers(scope=scope).get("content-length", "0")
        if length.isdecimal() and int(length) > self._max_bytes:
            raise self._too_large()

    def _too_large(self) -> RequestError:
        problem = f"The request is larger than {self._max_bytes / MEGABYTE:g} MB."
        return RequestError(TOO_LARGE, problem, "Upload a smaller video.")


def client_of(scope: Scope) -> str:
    """Network address of the client; empty if unknown."""
    client = scope.get("client")
    return str(client[0]) if client else ""


class _LimitedBody:
    """Counts the bytes of a request body; above the limit, the response is replaced by an error."""

    def __init__(self, max_bytes: int, error: RequestError, scope: Scope, receive: Receive, send: Send) -> None:
        self._left, self._error = max_bytes, error
        self._scope, self._receive, self._send = scope, receive, send
        self._has_started = self._is_replaced = False

    async def receive(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise HTTPException(TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        if self._left >= 0 or self._has_started:
            self._has_started = True
            await self._send(message)
        elif not self._is_replaced:
            self._is_replaced = True
            await _response(self._error)(self._scope, self._receive, self._send)


def _response(error: RequestError) -> JSONResponse:
    return JSONResponse({"error": str(error)}, error.status)


async def _drain(receive: Receive, max_bytes: int) -> None:
    """Discards a refused body of moderate size, since many clients read the response only after sending it."""
    left = max_bytes
    try:
        async with asyncio.timeout(DRAIN_S):
            while left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return
    except TimeoutError:
        return
