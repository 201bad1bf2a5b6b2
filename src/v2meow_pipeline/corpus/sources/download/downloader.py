"""What fetches one video, and how it fails."""

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
    """Fetches videos from one kind of place."""

    def fetch(self, item: Item, partial: Path) -> str:
        """Makes `partial` the whole video, or the section of it that is wanted.

        Args:
            item: which.
            partial: the file to make, in a folder that exists; the beginning that an earlier try left there is
                carried on with, if that is possible.

        Returns:
            The address that it came from.

        Raises:
            Unavailable: when it cannot be had, or not now.
        """
        ...


class Unavailable(Exception):
    """A video that cannot be had, or not now."""

    def __init__(self, status: Status, reason: str, retry_after_s: float | None = None) -> None:
        """What the ledger says of it.

        Args:
            status: never "ok".
            reason: in words, one line.
            retry_after_s: how long the server asks to be left alone, seconds; None where it doesn't say.
        """
        super().__init__(reason)
        self.status = status
        self.reason = " ".join(reason.split())
        self.retry_after_s = retry_after_s

    @property
    def is_permanent(self) -> bool:
        """Whether asking again is in vain."""
        return self.status in PERMANENT


def refused(code: int, url: str, retry_after: str | None) -> Unavailable:
    """What an HTTP status says of a video.

    Args:
        code: 400 or more.
        url: that was asked for.
        retry_after: the header of that name, a number of seconds or a date.

    Returns:
        The failure; "failed" where the status is none that is known here.
    """
    phrase = HTTPStatus(code).phrase if code in HTTPStatus._value2member_map_ else "unknown status"
    reason = f"{url} answers {code} {phrase}."
    if code in _GONE:
        return Unavailable("gone", reason)
    if code in _PRIVATE:
        return Unavailable("private", reason)
    if code in _RATE_LIMITED:
        return Unavailable("rate_limited", reason, seconds_of(retry_after))
    return Unavailable("failed", reason)


def seconds_of(retry_after: str | None) -> float | None:
    """The header Retry-After (RFC 9110, section 10.2.3) as seconds from now.

    Args:
        retry_after: seconds, or a date.

    Returns:
        Seconds, 0 or more; None where there is no header that can be read.
    """
    if retry_after is None:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        return max(0.0, parsedate_to_datetime(retry_after).timestamp() - time())
    except ValueError:
        return None
