"""An evaluation in sentences."""

from v2meow_pipeline.evaluation.summary_sentences import SOUND, summary_sentences
from v2meow_pipeline.metrics.result import SummaryRow

NAN = float("nan")
TEMPO = "tempo_within_8pct_equivalent_to_truth"


def rows(ours: tuple[float, float, float]) -> list[SummaryRow]:
    """Of the model, the truth and the shuffle."""
    return [
        SummaryRow("v2meow", SOUND, 450.2, NAN, NAN, 24),
        SummaryRow("codec_resynthesis", SOUND, 258.0, NAN, NAN, 24),
        SummaryRow("v2meow", TEMPO, *ours, 24),
        SummaryRow("ground_truth", TEMPO, 0.92, 0.8, 1.0, 24),
        SummaryRow("random_shuffle", TEMPO, 0.12, 0.05, 0.2, 24),
        SummaryRow("v2meow", "sync_lift_cuts_100ms", NAN, NAN, NAN, 0),
    ]


def test_what_is_better_than_chance_is_told_so() -> None:
    """Catches a verdict from means alone, and numbers without what they are compared with."""
    told = summary_sentences(rows((0.5, 0.3, 0.7)), 200)
    assert len(told) == 2
    assert "450.2 (real music through the codec 258.0)" in told[0]
    assert "50 % of clips" in told[1] and "another clip 12 % of clips" in told[1]
    assert told[1].endswith("better than music of another clip.") and "no better" not in told[1]


def test_what_the_interval_leaves_open_is_told_so() -> None:
    """A mean above chance whose interval reaches it shows nothing; and few clips are called few."""
    told = summary_sentences(rows((0.3, 0.15, 0.5)), 24)
    assert "no better than music of another clip, as far as 24 clips can tell" in told[1]
    assert "24 clips" in told[-1] and "chance" in told[-1]
