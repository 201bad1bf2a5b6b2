"""Checks of a request that concerns a take of an earlier job."""

from v2meow_pipeline.composer.regenerate import check_redo_span
from v2meow_pipeline.composer.span import parse_span
from v2meow_pipeline.web.errors import INVALID, NOT_FOUND, RequestError
from v2meow_pipeline.web.job import Job, OfTake, Redo, TakeResult


def earlier_take(earlier: Job, wanted: OfTake) -> TakeResult:
    """The take of an earlier job that a request concerns.

    Args:
        earlier: the job with the take.
        wanted: the request.

    Returns:
        The take.

    Raises:
        RequestError: status 404 for an unknown take, 422 for a job without result.
        ConfigError: for a span to redo that is too short or outside the video.
    """
    if earlier.result is None:
        raise RequestError(INVALID, f"The job is {earlier.status} and has no takes.", "Choose a job that is done.")
    takes = earlier.result.takes
    if wanted.take > len(takes):
        has = "1 take" if len(takes) == 1 else f"{len(takes)} takes"
        raise RequestError(NOT_FOUND, f"There is no take {wanted.take}.", f"The job has {has}, numbered from 1.")
    if isinstance(wanted, Redo):
        check_redo_span(parse_span(wanted.span), earlier.result.duration_s)
    return takes[wanted.take - 1]
