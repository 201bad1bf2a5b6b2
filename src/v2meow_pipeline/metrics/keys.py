"""What each metric's key means to a reader: its unit and which way is better. A key carries its variant."""

from typing import Literal, NamedTuple

Better = Literal["higher", "lower", "reference"]


class MetricKind(NamedTuple):
    """How a metric is shown.

    Attributes:
        unit: "%", "" for a plain number or fraction.
        better: "higher", "lower", or "reference" where the ground truth's own value is the aim.
        meaning: one line.
    """

    unit: str
    better: Better
    meaning: str


# The longest prefix of a key decides.
KINDS: dict[str, MetricKind] = {
    "beat_coverage_adjusted": MetricKind("%", "higher", "seconds with an onset in both, of those in generated (LORIS)"),
    "beat_coverage_original": MetricKind(
        "%", "reference", "seconds with an onset in generated, of those in reference (D2M-GAN); may exceed 100"
    ),
    "beat_hit": MetricKind("%", "higher", "seconds with an onset in both, of those in reference"),
    "beat_f1": MetricKind("%", "higher", "harmonic mean of the set's mean coverage and hit"),
    "beat_f1_original": MetricKind(
        "%", "reference", "harmonic mean of the set's mean coverage and hit (D2M-GAN); may exceed 100"
    ),
    "beat_coverage_std": MetricKind("%", "reference", "sample standard deviation of coverage over clips"),
    "beat_hit_std": MetricKind("%", "reference", "sample standard deviation of hit over clips"),
    "beat_f_": MetricKind("", "higher", "F-measure of beats against the reference's"),
    "beat_cemgil": MetricKind("", "higher", "Cemgil's score of beats against the reference's"),
    "onset_f_": MetricKind("", "higher", "F-measure of onsets against the reference's"),
    "tempo_error": MetricKind("", "lower", "relative error of the tempo"),
    "tempo_within": MetricKind("", "higher", "share of clips whose tempo is within 8 %"),
    "silent_share": MetricKind("", "reference", "share of time below -60 dBFS"),
    "fad_": MetricKind("", "lower", "Frechet audio distance of the whole set, squared"),
}

ARROWS: dict[Better, str] = {"higher": "↑", "lower": "↓", "reference": "≈"}


def describe(metric: str) -> MetricKind:
    """The kind of a metric.

    Args:
        metric: its key, such as "fad_musicnn_1.0s".

    Returns:
        Unit, direction and meaning.

    Raises:
        KeyError: if no metric is called so.
    """
    matching = [prefix for prefix in KINDS if metric.startswith(prefix)]
    if not matching:
        raise KeyError(f"no metric is called {metric}")
    return KINDS[max(matching, key=len)]


def heading(metric: str) -> str:
    """The key with its unit and the direction that is better, such as "beat_hit_adjusted, % ↑"."""
    kind = describe(metric)
    return f"{metric}, {kind.unit} {ARROWS[kind.better]}" if kind.unit else f"{metric} {ARROWS[kind.better]}"
