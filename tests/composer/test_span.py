"""Spans of time as users write them."""

import pytest

from v2meow_pipeline.composer.span import Span, check_inside, format_time, parse_span
from v2meow_pipeline.errors import ConfigError


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("12-20", (12, 20)),
        ("0:12-0:20", (12, 20)),
        (" 0:12.5 - 1:02 ", (12.5, 62)),
        ("1:00:00-1:00:01", (3600, 3601)),
        ("0-.5", None),
        ("12", None),
        ("20-12", None),
        ("12-12", None),
        ("-3-5", None),
        ("a-b", None),
        ("", None),
    ],
)
def test_a_span_is_read_or_refused(text: str, span: tuple[float, float] | None) -> None:
    """Catches minutes read as seconds, and nonsense that becomes a span."""
    if span is None:
        with pytest.raises(ConfigError, match="START-END"):
            parse_span(text)
    else:
        assert parse_span(text) == Span(*span)


def test_a_span_must_lie_in_the_video() -> None:
    """Catches a span after the end, and a refusal of the end as players show it, in whole seconds."""
    assert check_inside(Span(2, 10), 9.6) == Span(2, 9.6)
    for span in (Span(2, 11), Span(9.6, 10)):
        with pytest.raises(ConfigError, match=r"lasts 0:09\.6\."):
            check_inside(span, 9.6)


def test_times_are_shown_as_they_are_written() -> None:
    """Catches rounding that shows another time."""
    assert [format_time(time_s) for time_s in (0, 9.6, 62, 600, 59.9996)] == ["0:00", "0:09.6", "1:02", "10:00", "1:00"]
