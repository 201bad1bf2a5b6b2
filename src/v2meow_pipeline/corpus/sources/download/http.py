"""Files of a plain web server, carried on with where a connection broke.

A server may send what it likes: size and time of a file are limited, and it may lead on to itself and to public
addresses, but not into the network that this machine stands in.
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

PIECE_BYTES = 1 << 16
AGENT = "v2meow"
# What requests, urllib3 and the parsing of addresses raise.
REQUEST_ERRORS = (requests.RequestException, HTTPError, ValueError)
MAX_TEXT_BYTES = 1 << 20
MAX_BYTES, LONGEST_S, MOST_REDIRECTS = 4 << 30, 3600.0, 5


class Http:
    """Fetches whole files over HTTP.

    What arrived before a connection broke, or the process was killed, stays; the next try asks for the rest (Range),
    provided that the server says the file is still the same one (If-Range).
    """

    def __init__(self, timeout_s: float, max_bytes: int = MAX_BYTES, longest_s: float = LONGEST_S) -> None:
        """Connects to nothing yet.

        Args:
            timeout_s: without an answer, seconds.
            max_bytes: of one file.
            longest_s: that one file may take, seconds.
        """
        self._timeout_s, self._max_bytes, self._longest_s = timeout_s, max_bytes, longest_s
        self._session = requests.Session()
        # A compressed answer has another length than the file, and no part of it can be asked for.
        self._session.headers.update({"User-Agent": AGENT, "Accept-Encoding": "identity"})

    def fetch(self, item: Item, partial: Path) -> str:
        """See `Downloader.fetch`; files are fetched whole.

        Args:
            item: which; without a section.
            partial: as there.

        Returns:
            Its address.

        Raises:
            ValueError: for an item with a section.
        """
        if item.start_s is not None or item.end_s is not None:
            raise ValueError(f"{item.id} has a section, and files are fetched whole")
        mark = partial.with_name(f"{partial.name}.version")
        asked = _rest(partial, mark)
        try:
            with self._get(item.url, asked) as answer:
                self._keep(answer, partial, mark, len(asked) > 0)
        except REQUEST_ERRORS as error:
            raise Unavailable("failed", f"The connection to {item.url} failed: {error}") from error
        mark.unlink(missing_ok=True)
        return item.url

    def text(self, url: str) -> str:
        """A small text.

        Args:
            url: its address.

        Returns:
            The text.

        Raises:
            Unavailable: when it cannot be had, or not now.
        """
        try:
            with self._get(url, {}) as answer:
                _check(answer)
                data = b"".join(self._pieces(answer, 0, MAX_TEXT_BYTES))
        except REQUEST_ERRORS as error:
            raise Unavailable("failed", f"The connection to {url} failed: {error}") from error
        return data.decode(answer.encoding or "utf-8", errors="replace")

    def _get(self, url: str, headers: Mapping[str, str]) -> requests.Response:
        """The answer, wherever the server leads."""
        first = urlsplit(url).hostname
        for _ in range(MOST_REDIRECTS + 1):
            answer = self._session.get(
                url, headers=headers, stream=True, timeout=self._timeout_s, allow_redirects=False
            )
            if not answer.is_redirect:
                return answer
            answer.close()
            url = urljoin(url, answer.headers["Location"])
            _check_redirect(url, first)
        raise Unavailable("failed", f"{url} leads on more than {MOST_REDIRECTS} times.")

    def _pieces(self, answer: requests.Response, have: int, max_bytes: int) -> Iterator[bytes]:
        """The body, as long as it is neither too large nor too slow."""
        promised = answer.headers.get("Content-Length", "")
        if promised.isdecimal() and have + int(promised) > max_bytes:
            raise Unavailable("failed", f"{answer.url} has {have + int(promised):,} bytes, too many.")
        started = monotonic()
        # What has arrived, at once: a server that sends a byte a second would never fill a piece.
        while piece := answer.raw.read1(PIECE_BYTES, decode_content=True):
            have += len(piece)
            if have > max_bytes:
                raise Unavailable("failed", f"{answer.url} has more than {max_bytes:,} bytes.")
            if monotonic() - started > self._longest_s:
                raise Unavailable("failed", f"{answer.url} takes more than {self._longest_s:.0f} s.")
            yield piece

    def _keep(self, answer: requests.Response, partial: Path, mark: Path, asked_for_rest: bool) -> None:
        if answer.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and asked_for_rest:
            if answer.headers.get("Content-Range") == f"bytes */{partial.stat().st_size}":
                return  # there is no rest: the process was killed just before the file got its name
            partial.unlink()
            raise Unavailable("failed", f"{answer.url} is shorter than what is here of it; it is fetched anew.")
        _check(answer)
        carries_on = answer.status_code == HTTPStatus.PARTIAL_CONTENT
        if carries_on and not answer.headers.get("Content-Range", "").startswith(f"bytes {partial.stat().st_size}-"):
            partial.unlink()
            raise Unavailable("failed", f"{answer.url} sends another part than was asked for; it is fetched anew.")
        version = _version(answer.headers)
        mark.write_text(version) if version else mark.unlink(missing_ok=True)
        with partial.open("ab" if carries_on else "wb") as file:
            for piece in self._pieces(answer, file.tell(), self._max_bytes):
                file.write(piece)


def _check_redirect(url: str, first: str | None) -> None:
    """Refuses to be led into this machine's own network, unless that is where the first address was."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise Unavailable("failed", f"It leads on to {url[:200]}, which is not a web address.")
    if parts.hostname == first:
        return
    try:
        places = {entry[4][0] for entry in getaddrinfo(parts.hostname, parts.port or 443)}
    except OSError as error:
        raise Unavailable("failed", f"It leads on to {parts.hostname}, which is not found.") from error
    if not all(ip_address(str(place).partition("%")[0]).is_global for place in places):
        raise Unavailable("failed", f"It leads on to {parts.hostname}, which is not a public address.")


def _rest(partial: Path, mark: Path) -> dict[str, str]:
    """Headers that ask for what is missing; none where it is unknown which version of the file the beginning is of."""
    have = partial.stat().st_size if partial.is_file() else 0
    if not (have and mark.is_file()):
        return {}
    return {"Range": f"bytes={have}-", "If-Range": mark.read_text()}


def _version(headers: Mapping[str, str]) -> str:
    """What tells versions of a file apart: a strong ETag, else the time of its last change."""
    tag = headers.get("ETag", "")
    return tag if tag and not tag.startswith("W/") else headers.get("Last-Modified", "")


def _check(answer: requests.Response) -> None:
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise refused(answer.status_code, answer.url, answer.headers.get("Retry-After"))
