"""Checks of a request to generate a span of a take anew."""

from v2meow_pipeline.composer.regenerate import check_redo_span
from v2meow_pipeline.composer.span import parse_span
from v2meow_pipeline.web.errors import INVALID, NOT_FOUND, RequestError
from v2meow_pipeline.web.job import Job, Redo, TakeResult


def take_to_redo(earlier: Job, redo: Redo) -> TakeResult:
    """The take of an earlier job of which a span is to be generated anew.

    Args:
        earlier: the job with the take.
        redo: take and span.

    Returns:
        The take.

    Raises:
        RequestError: status 404 for an unknown take, 422 for a job without result.
        ConfigError: for a span that is too short or outside the video.
    """
    if earlier.result is None:
        raise RequestError(INVALID, f"The job is {earlier.status} and has no takes.", "Choose a job that is done.")
    takes = earlier.result.takes
    if redo.take > len(takes):
        has = "1 take" if len(takes) == 1 else f"{len(takes)} takes"
        raise RequestError(NOT_FOUND, f"There is no take {redo.take}.", f"The job has {has}, numbered from 1.")
    check_redo_span(parse_span(redo.span), earlier.result.duration_s)
    return takes[redo.take - 1]
