"""Summary of an evaluation in sentences."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from v2meow_pipeline.evaluation.baselines.render_baselines import RULES
from v2meow_pipeline.evaluation.generate import MODEL
from v2meow_pipeline.evaluation.resynthesis import RESYNTHESIS
from v2meow_pipeline.evaluation.retrieval_controls import NEAREST
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, RANDOM_SHUFFLE
from v2meow_pipeline.metrics.result import SummaryRow
from v2meow_pipeline.metrics.table import show_number

SOUND = "fad_speech_embedding"
# With fewer clips, most differences are within chance.
FEW_CLIPS = 50


class Question(NamedTuple):
    """Metric of how well music follows its video, its description, and whether it is a share of clips."""

    metric: str
    description: str
    is_share: bool


QUESTIONS = (
    Question("tempo_within_8pct_equivalent_to_truth", "Same tempo as the clip's own music", True),
    Question("sync_lift_cuts_100ms", "Beats on the cuts, above chance", False),
    Question("sync_lift_peaks_100ms", "Beats on the motion peaks, above chance", False),
    Question("energy_pearson_motion_4hz", "Correlation of loudness and motion", False),
    Question("genre_accuracy_speech_embedding", "Genre of the clip, according to a classifier of real music", True),
)
SOUND_COMPARISONS = {
    RESYNTHESIS: "real music through the codec",
    NEAREST: "music of the training clip with the most similar video",
    RULES: "the rules",
}
TIMING_COMPARISONS = {GROUND_TRUTH: "the clip's own music", RULES: "the rules", RANDOM_SHUFFLE: "music of another clip"}


def summary_sentences(rows: Iterable[SummaryRow], n_clips: int) -> list[str]:
    """Sentences about the model: its sound quality, and how well its music follows the video.

    Args:
        rows: summary rows of an evaluation; metrics that were not computed are left out.
        n_clips: number of evaluated clips.

    Returns:
        One sentence per question, and a caveat if there are few clips.
    """
    found = {(row.system, row.metric): row for row in rows}
    sentences = [_sound(found), *(_follows(question, found, n_clips) for question in QUESTIONS)]
    if n_clips < FEW_CLIPS:
        sentences.append(f"With only {n_clips} clips, small differences may be due to chance.")
    return [sentence for sentence in sentences if sentence]


def _sound(found: Mapping[tuple[str, str], SummaryRow]) -> str:
    ours = found.get((MODEL, SOUND))
    if ours is None:
        return ""
    beside = [
        f"{name} {show_number(found[key, SOUND].value)}"
        for key, name in SOUND_COMPARISONS.items()
        if (key, SOUND) in found
    ]
    return f"Distance of the sound from real music (FAD, lower is better): {show_number(ours.value)}{_listed(beside)}."


def _follows(question: Question, found: Mapping[tuple[str, str], SummaryRow], n_clips: int) -> str:
    ours, chance = found.get((MODEL, question.metric)), found.get((RANDOM_SHUFFLE, question.metric))
    if ours is None or chance is None or ours.value != ours.value:
        return ""
    others = {
        name: found[key, question.metric] for key, name in TIMING_COMPARISONS.items() if (key, question.metric) in found
    }
    beside = [f"{name} {_shown(row, question)}" for name, row in others.items()]
    if ours.low > chance.high:
        verdict = "better than music of another clip"
    else:
        verdict = f"no better than music of another clip, as far as {n_clips} clips can tell"
    return f"{question.description}: {_shown(ours, question)}{_listed(beside)}: {verdict}."


def _shown(row: SummaryRow, question: Question) -> str:
    return f"{100 * row.value:.0f} % of clips" if question.is_share else show_number(row.value)


def _listed(parts: list[str]) -> str:
    return f" ({', '.join(parts)})" if parts else ""
