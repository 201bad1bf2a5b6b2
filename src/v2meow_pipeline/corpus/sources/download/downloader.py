"""Interface of downloaders, and their failures."""

from email.utils import parsedate_to_datetime
from http import HTTPStatus
from pathlib import Path
from time import time
from typing import Protocol

from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.ledger import PERMANENT, Status

_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE, HTTPStatus.UNAVAILABLE_FOR_LEGAL_REASONS)
_PRIVATE = (HTTPStatus.UNAUTHORIZED, HTTPStatus.PAYMENT_REQUIRED, HTTPStatus.FORBIDDEN)
_RATE_LIMITED = (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)


class Downloader(Protocol):
    """Downloader for one kind of video host."""

    def fetch(self, item: Item, partial: Path) -> str:
        """Downloads a video, or its requested section.

        Args:
            item: video to download.
            partial: output file, in an existing directory; an incomplete file of an earlier attempt is resumed if
                possible.

        Returns:
            URL of the downloaded video.

        Raises:
            Unavailable: if the video cannot be downloaded, permanently or temporarily.
        """
        ...


class Unavailable(Exception):
    """A video cannot be downloaded, permanently or temporarily.

    Attributes:
        status: status for the ledger.
        reason: reason, one line.
        retry_after_s: wait requested by the server, seconds, or None.
    """

    def __init__(self, status: Status, reason: str, retry_after_s: float | None = None) -> None:
        """Creates the error.

        Args:
            status: status for the ledger, not "ok".
            reason: reason; whitespace is collapsed to one line.
            retry_after_s: wait requested by the server, seconds; None if not stated.
        """
        super().__init__(reason)
        self.status = status
        self.reason = " ".join(reason.split())
        self.retry_after_s = retry_after_s

    @property
    def is_permanent(self) -> bool:
        """Whether retrying is pointless."""
        return self.status in PERMANENT


def refused(code: int, url: str, retry_after: str | None) -> Unavailable:
    """Failure for an HTTP error status.

    Args:
        code: HTTP status code, 400 or more.
        url: requested URL.
        retry_after: Retry-After header, or None.

    Returns:
        Failure with the matching status; "failed" for other status codes.
    """
    phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "unknown status"
    reason = f"{url} returned {code} {phrase}."
    if code in _GONE:
        return Unavailable("gone", reason)
    if code in _PRIVATE:
        return Unavailable("private", reason)
    if code in _RATE_LIMITED:
        return Unavailable("rate_limited", reason, seconds_of(retry_after))
    return Unavailable("failed", reason)


def seconds_of(retry_after: str | None) -> float | None:
    """Parses a Retry-After header (RFC 9110, section 10.2.3).

    Args:
        retry_after: header value, a number of seconds or a date; None if absent.

    Returns:
        Seconds from now, 0 or more; None if the header is absent or invalid.
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except ValueError:
        return None
