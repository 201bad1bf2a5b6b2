"""Settings of the page, and their form in the query of a link."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.web.job import JobSettings

# Prompts by the label of their button.
PRESETS = {
    "Calm piano": "calm solo piano, slow tempo",
    "Upbeat pop": "upbeat pop with drums and bass, fast tempo",
    "Epic strings": "epic orchestral strings and brass",
    "Ambient": "ambient synthesizer pads, no drums",
}
JOB = "job"
# Query parameters of a link, in the order of the page's controls.
NAMES = ("prompt", "seed", "takes", "guidance", "keep_original", "encode")


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
                settings = JobSettings.parse(settings.model_dump() | {name: query[name]})
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
        ConfigError: when a value is out of range.
    """
    return JobSettings.parse({name: value for name, value in zip(NAMES, values, strict=True) if value is not None})
