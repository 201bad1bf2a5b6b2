"""Settings of the page, and their form in the query of a link."""

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import ValidationError

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.errors import INVALID, RequestError
from v2meow_pipeline.web.job import Continuation, JobSettings, Redo

Validated = TypeVar("Validated", bound=Config)

# Prompts by the label of their button.
PRESETS = {
    "Calm piano": "calm solo piano, slow tempo",
    "Upbeat pop": "upbeat pop with drums and bass, fast tempo",
    "Epic strings": "epic orchestral strings and brass",
    "Ambient": "ambient synthesizer pads, no drums",
}
JOB = "job"
# Query parameters of a link, in the order of the page's controls.
NAMES = (
    "prompt",
    "seed",
    "takes",
    "scenes",
    "tempo",
    "guidance",
    "keep_original",
    "duck",
    "fade",
    "loudness",
    "encode",
)


def settings_from_query(query: Mapping[str, str]) -> JobSettings:
    """Settings in a link; a missing or invalid value takes its default.

    Args:
        query: query parameters.

    Returns:
        The settings.
    """
    settings = JobSettings()
    for name in NAMES:
        if query.get(name):
            try:
                settings = JobSettings.parse(settings.model_dump() | {name: _parsed(name, query[name])})
            except V2MeowError:  # a link that was edited or cut
                continue
    return settings


def settings_from_controls(*values: Any) -> JobSettings:
    """Settings of the page's controls.

    Args:
        *values: values in the order of `NAMES`; None for an empty control.

    Returns:
        The settings.

    Raises:
        RequestError: when a value is out of range; ConfigError as `JobSettings`.
    """
    given = {name: _parsed(name, value) for name, value in zip(NAMES, values, strict=True) if value is not None}
    return _validated(JobSettings, given)


def redo_from_controls(job_id: str, take: int | None, span: str, prompt: str | None, seed: int | None) -> Redo:
    """Request of the page's controls to generate a span anew.

    Args:
        job_id: identifier of the job with the take.
        take: number of the take; None if none is chosen.
        span: start and end.
        prompt: prompt of the span; empty for that of the take.
        seed: seed of the span; None for the one after that of the take.

    Returns:
        The request.

    Raises:
        RequestError: when a value is missing or out of range; ConfigError as `Redo`.
    """
    return _validated(Redo, {"job_id": job_id, "take": take, "span": span, "prompt": prompt, "seed": seed})


def continuation_from_controls(job_id: str, take: int | None) -> Continuation:
    """Request of the page's controls to continue a take; the arguments and errors are those of `redo_from_controls`."""
    return _validated(Continuation, {"job_id": job_id, "take": take})


def control_values(settings: JobSettings) -> list[Any]:
    """Values of the page's controls, in the order of `NAMES`."""
    return ["\n".join(settings.scenes) if name == "scenes" else getattr(settings, name) for name in NAMES]


def _validated(kind: type[Validated], given: dict[str, Any]) -> Validated:
    """Settings from values of controls; the error of an invalid one names the setting."""
    try:
        return kind.model_validate(given)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
        raise RequestError(INVALID, f"The settings are not valid: {faults}.", "Correct them.") from error


def _parsed(name: str, value: Any) -> Any:
    """Value of a setting from that of its control: scenes are written one per line."""
    return tuple(line.strip() for line in value.splitlines() if line.strip()) if name == "scenes" else value
