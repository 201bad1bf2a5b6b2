"""Files of a plain web server, carried on with where a connection broke."""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import requests

from v2meow_pipeline.corpus.sources.download.downloader import Unavailable, refused
from v2meow_pipeline.corpus.sources.published.item import Item

PIECE_BYTES = 1 << 16
AGENT = "v2meow"


class Http:
    """Fetches whole files over HTTP.

    What arrived before a connection broke, or the process was killed, stays; the next try asks for the rest (Range),
    provided that the server says the file is still the same one (If-Range).
    """

    def __init__(self, timeout_s: float) -> None:
        """Connects to nothing yet.

        Args:
            timeout_s: without an answer, seconds.
        """
        self._timeout_s = timeout_s
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
            with self._session.get(item.url, headers=asked, stream=True, timeout=self._timeout_s) as answer:
                self._keep(answer, partial, mark, len(asked) > 0)
        except requests.RequestException as error:
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
            answer = self._session.get(url, timeout=self._timeout_s)
        except requests.RequestException as error:
            raise Unavailable("failed", f"The connection to {url} failed: {error}") from error
        _check(answer)
        return answer.text

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
            for piece in answer.iter_content(PIECE_BYTES):
                file.write(piece)


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
