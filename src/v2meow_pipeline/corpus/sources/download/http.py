"""Resumable download of files from a plain web server.

Servers are untrusted: file size and download time are limited, and redirects may lead to the same host or to public
addresses, but not into the local network.
"""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from pathlib import Path
from socket import getaddrinfo
from time import monotonic
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from v2meow_pipeline.corpus.sources.download.downloader import Unavailable, refused
from v2meow_pipeline.corpus.sources.published.item import Item

CHUNK_BYTES = 1 << 16
AGENT = "v2meow"
# Errors raised by requests, urllib3 and URL parsing.
REQUEST_ERRORS = (requests.RequestException, HTTPError, ValueError)
MAX_TEXT_BYTES = 1 << 20
MAX_BYTES, LONGEST_S, MOST_REDIRECTS = 4 << 30, 3600.0, 5


class Http:
    """Downloader of whole files over HTTP.

    An interrupted download is resumed with a Range request, if the file on the server is unchanged (If-Range).
    """

    def __init__(self, timeout_s: float, max_bytes: int = MAX_BYTES, longest_s: float = LONGEST_S) -> None:
        """Creates the session; no connection is opened yet.

        Args:
            timeout_s: network timeout, seconds.
            max_bytes: maximum size of one file, bytes.
            longest_s: maximum download time of one file, seconds.
        """
        self._timeout_s, self._max_bytes, self._longest_s = timeout_s, max_bytes, longest_s
        self._session = requests.Session()
        # No compression, since it changes the length and does not allow Range requests.
        self._session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})

    def fetch(self, item: Item, partial: Path) -> str:
        """Implements `Downloader.fetch` for whole files.

        Args:
            item: video to download, without a section.
            partial: output file.

        Returns:
            URL of the file.

        Raises:
            ValueError: if the item has a section.
        """
        if item.start_s is not None or item.end_s is not None:
            raise ValueError(f"{item.id} has a section, but only whole files can be downloaded")
        version_file = partial.with_name(f"{partial.name}.version")
        range_headers = _range_headers(partial, version_file)
        try:
            with self._get(item.url, range_headers) as response:
                self._write_body(response, partial, version_file, len(range_headers) > 0)
        except REQUEST_ERRORS as error:
            raise Unavailable("failed", f"The connection to {item.url} failed: {error}") from error
        version_file.unlink(missing_ok=True)
        return item.url

    def text(self, url: str) -> str:
        """Downloads a small text.

        Args:
            url: URL of the text.

        Returns:
            Decoded text.

        Raises:
            Unavailable: if it cannot be downloaded, permanently or temporarily.
        """
        try:
            with self._get(url, {}) as response:
                _check(response)
                data = b"".join(self._chunks(response, 0, MAX_TEXT_BYTES))
        except REQUEST_ERRORS as error:
            raise Unavailable("failed", f"The connection to {url} failed: {error}") from error
        return data.decode(response.encoding or "utf-8", errors="replace")

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Sends a request and follows permitted redirects."""
        first = urlsplit(url).hostname
        for _ in range(MOST_REDIRECTS + 1):
            response = self._session.get(
                url, headers=headers, stream=True, timeout=self._timeout_s, allow_redirects=False
            )
            if not response.is_redirect:
                return response
            response.close()
            url = urljoin(url, response.headers["Location"])
            _check_redirect(url, first)
        raise Unavailable("failed", f"{url} redirects more than {MOST_REDIRECTS} times.")

    def _chunks(self, response: requests.Response, have: int, max_bytes: int) -> Iterator[bytes]:
        """Chunks of the response body; fails if it is too large or too slow."""
        content_length = response.headers.get("Content-Length", "")
        if content_length.isdecimal() and have + int(content_length) > max_bytes:
            raise Unavailable("failed", f"{response.url} is too large: {have + int(content_length):,} bytes.")
        started = monotonic()
        # read1 returns available data, since a slow server would never fill a chunk and so never hit the time limit.
        while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
            have += len(chunk)
            if have > max_bytes:
                raise Unavailable("failed", f"{response.url} has more than {max_bytes:,} bytes.")
            if monotonic() - started > self._longest_s:
                raise Unavailable("failed", f"{response.url} takes more than {self._longest_s:.0f} s.")
            yield chunk

    def _write_body(
        self, response: requests.Response, partial: Path, version_file: Path, range_requested: bool
    ) -> None:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and range_requested:
            if response.headers.get("Content-Range") == f"bytes */{partial.stat().st_size}":
                return  # the file is already complete
            partial.unlink()
            raise Unavailable("failed", f"{response.url} is shorter than the partial file; the download restarts.")
        _check(response)
        resumed = response.status_code == HTTPStatus.PARTIAL_CONTENT
        if resumed and not response.headers.get("Content-Range", "").startswith(f"bytes {partial.stat().st_size}-"):
            partial.unlink()
            raise Unavailable("failed", f"{response.url} returned another range than requested; the download restarts.")
        version = _version(response.headers)
        version_file.write_text(version) if version else version_file.unlink(missing_ok=True)
        with partial.open("ab" if resumed else "wb") as file:
            for chunk in self._chunks(response, file.tell(), self._max_bytes):
                file.write(chunk)


def _check_redirect(url: str, first: str | None) -> None:
    """Refuses redirects to hosts other than `first` whose address is not public."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unavailable("failed", f"The server redirects to {url[:200]}, which is not an HTTP URL.")
    if parts.hostname == first:
        return
    try:
        addresses = {entry[4][0] for entry in getaddrinfo(parts.hostname, parts.port or 443)}
    except OSError as error:
        raise Unavailable("failed", f"The server redirects to {parts.hostname}, which is not found.") from error
    if not all(ip_address(str(address).partition("%")[0]).is_global for address in addresses):
        raise Unavailable("failed", f"The server redirects to {parts.hostname}, which is not a public address.")


def _range_headers(partial: Path, version_file: Path) -> dict[str, str]:
    """Headers that request the rest of a partial file; empty if its version on the server is unknown."""
    have = partial.stat().st_size if partial.is_file() else 0
    if not (have and version_file.is_file()):
        return {}
    return {"Range": f"bytes={have}-", "If-Range": version_file.read_text()}


def _version(headers: Mapping[str, str]) -> str:
    """Version of a file for If-Range: a strong ETag, else Last-Modified, else empty."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _check(response: requests.Response) -> None:
    if response.status_code >= HTTPStatus.BAD_REQUEST:
        raise refused(response.status_code, response.url, response.headers.get("Retry-After"))
