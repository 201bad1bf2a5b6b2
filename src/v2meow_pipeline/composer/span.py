"""Spans of time, as users write them: `12-20`, `0:12-0:20` or `1:02:03.5-1:02:10`."""

import math
import re
from typing import NamedTuple

from v2meow_pipeline.errors import ConfigError

_TIME = r"(?:\d+:)?(?:\d+:)?\d+(?:\.\d*)?"
_SPAN = re.compile(rf"\s*({_TIME})\s*[-\u2013]\s*({_TIME})\s*")
REMEDY = "Write START-END in seconds or minutes:seconds, such as 12-20 or 0:12-0:20."


class Span(NamedTuple):
    """Start and end, in seconds from the start of the video."""

    start_s: float
    end_s: float

    def __str__(self) -> str:
        return f"{format_time(self.start_s)}-{format_time(self.end_s)}"


def parse_span(text: str) -> Span:
    """Reads a span.

    Args:
        text: start and end with a hyphen between them, each in seconds, minutes:seconds or hours:minutes:seconds.

    Returns:
        The span.

    Raises:
        ConfigError: if the text has another form, or the end is not after the start.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        raise ConfigError(f"{text!r} is not a span of time.", REMEDY)
    start_s, end_s = (_seconds(part) for part in found.groups())
    if end_s <= start_s:
        raise ConfigError(f"The span {text.strip()} ends before it starts.", REMEDY)
    return Span(start_s, end_s)


def check_inside(span: Span, duration_s: float) -> Span:
    """Limits a span to the duration of a video.

    Args:
        span: the span.
        duration_s: duration of the video, seconds.

    Returns:
        The span, which ends with the video if it would end up to a second after it.

    Raises:
        ConfigError: if it starts or ends after the video.
    """
    # Players show whole seconds, so that a user may round the end up.
    if span.start_s >= duration_s or span.end_s > math.ceil(duration_s):
        problem = f"The span {span} is outside the video, which lasts {format_time(duration_s)}."
        raise ConfigError(problem, "Choose a span inside it.")
    return Span(span.start_s, min(span.end_s, duration_s))


def format_time(time_s: float) -> str:
    """Time as minutes:seconds, with decimals only if there are any."""
    minutes, seconds = divmod(round(time_s, 3), 60)
    return (
        f"{int(minutes)}:{seconds:06.3f}".rstrip("0").rstrip(".") if seconds % 1 else f"{int(minutes)}:{seconds:02.0f}"
    )


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.split(":"):
        total = total * 60 + float(part)
    return total
