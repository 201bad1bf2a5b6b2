"""Download of videos from YouTube, or any other site supported by yt-dlp."""

import re
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2meow_pipeline.corpus.sources.download.downloader import Unavailable, refused, seconds_of
from v2meow_pipeline.corpus.sources.published.config import DownloadConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.ledger import Status
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.ffmpeg import DISK_REMEDY, find_ffmpeg

if TYPE_CHECKING:
    from yt_dlp import YoutubeDL

# Patterns of yt-dlp 2026.10 messages for YouTube errors, most specific first; yt-dlp has no error codes for them.
_MESSAGE_PATTERNS: tuple[tuple[Status, str], ...] = (
    ("rate_limited", r"not a bot|rate.?limited|too many requests|try again later|content isn.t available, try again"),
    ("private", r"private video|members.only|confirm your age|age.restricted|requires payment|premium|login required"),
    ("private", r"in your country|from your location|geo.?restrict"),
    ("gone", r"video (is )?(unavailable|not available)|removed|terminated|no longer available|does not exist|deleted"),
    ("gone", r"closed their youtube account|copyright|incomplete youtube id|truncated|drm protected"),
)
_HTTP = re.compile(r"HTTP Error (\d{3})")
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")
_NO_SPACE = re.compile(r"no space left|disk quota", re.IGNORECASE)


class YouTube:
    """Downloader of videos, or sections of them, through yt-dlp."""

    def __init__(self, config: DownloadConfig) -> None:
        """Configures yt-dlp; no connection is opened yet.

        Args:
            config: download settings.

        Raises:
            V2MeowError: if yt-dlp is not installed.
        """
        try:
            import yt_dlp
        except ImportError as error:
            remedy = "Run `.venv/bin/pip install -c constraints.txt '.[download]'`."
            raise V2MeowError("YouTube downloads need yt-dlp, which is not installed.", remedy) from error
        self._yt_dlp, self._config = yt_dlp, config
        # As in yt-dlp's command line, since the download of sections ignores the option `ffmpeg_location`.
        yt_dlp.postprocessor.FFmpegPostProcessor._ffmpeg_location.set(find_ffmpeg())

    def fetch(self, item: Item, partial: Path) -> str:
        """Implements `Downloader.fetch`; whole videos are resumed, sections restart."""
        with self._yt_dlp.YoutubeDL(self._options(item, partial)) as youtube:
            info = self._info(youtube, item.url)
        written = Path(info["requested_downloads"][0]["filepath"])
        if written != partial:
            written.replace(partial)
        return str(info.get("webpage_url") or item.url)

    def _info(self, youtube: "YoutubeDL", url: str) -> dict[str, Any]:
        try:
            info = youtube.extract_info(url, download=True)
        except self._yt_dlp.utils.YoutubeDLError as error:
            if _NO_SPACE.search(str(error)):
                raise V2MeowError("There is no space left for videos.", DISK_REMEDY) from error
            raise unavailable(error, url) from error
        if not info or not info.get("requested_downloads"):
            raise Unavailable("failed", f"yt-dlp found no video at {url}.")
        return dict(info)

    def _options(self, item: Item, partial: Path) -> dict[str, Any]:
        limits, height = self._config, self._config.max_height
        options: dict[str, Any] = {
            "outtmpl": str(partial.with_suffix("")).replace("%", "%%") + ".%(ext)s",
            "format": f"bv*[height<=?{height}]+ba/b[height<=?{height}]/bv*+ba/b",
            "format_sort": ["res", "vcodec:h264", "acodec:aac"],
            "merge_output_format": "mp4",
            "postprocessors": [{"key": "FFmpegVideoRemuxer", "preferedformat": "mp4"}],
            "ffmpeg_location": find_ffmpeg(),
            "logger": _NullLogger(),
            "noprogress": True,
            "noplaylist": True,
            "cachedir": False,
            # `fetch_all` handles retries, to count attempts and limit the request rate.
            "retries": 0,
            "extractor_retries": 0,
            "fragment_retries": 2,
            "socket_timeout": limits.timeout_s,
            "sleep_interval_requests": 60.0 / limits.requests_per_minute,
        }
        if item.start_s is not None or item.end_s is not None:
            section = (item.start_s or 0.0, float("inf") if item.end_s is None else item.end_s)
            options["download_ranges"] = self._yt_dlp.utils.download_range_func(None, [section])
            options["force_keyframes_at_cuts"] = True
        return options | limits.yt_dlp


def unavailable(error: Exception, url: str) -> Unavailable:
    """Converts an exception of yt-dlp to a failure.

    Args:
        error: exception of yt-dlp; its cause, if known, has the server's response.
        url: requested URL.

    Returns:
        Failure with the matching status; "failed" for unknown messages.
    """
    message = _COLOURS.sub("", str(error)).removeprefix("ERROR: ")
    for status, pattern in _MESSAGE_PATTERNS:
        if re.search(pattern, message, re.IGNORECASE):
            return Unavailable(status, message, seconds_of(_retry_after(error)))
    http = _HTTP.search(message)
    if http is None:
        return Unavailable("failed", message)
    if int(http[1]) == HTTPStatus.FORBIDDEN:
        # YouTube temporarily forbids the data of public videos now and then.
        return Unavailable("rate_limited", message)
    return refused(int(http[1]), url, _retry_after(error))


def _retry_after(error: BaseException | None) -> str | None:
    """Retry-After header of the server response that caused an exception of yt-dlp."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        response = getattr(error, "response", None)
        if response is not None:
            found = response.headers.get("Retry-After")
            return None if found is None else str(found)
        inner = getattr(error, "cause", None) or (getattr(error, "exc_info", None) or (None, None))[1]
        error = inner if inner is not None and inner is not error else error.__cause__
    return None


class _NullLogger:
    """Logger that discards yt-dlp's messages; failures are raised as exceptions."""

    def debug(self, _message: str) -> None:
        """Discards a message."""

    info = warning = error = debug
