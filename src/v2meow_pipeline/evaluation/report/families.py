"""Families of metrics, and descriptions of systems and controls, for the report."""

from collections.abc import Iterable

from v2meow_pipeline.evaluation.baselines.render_baselines import MUSICGEN, RULES
from v2meow_pipeline.evaluation.resynthesis import RESYNTHESIS
from v2meow_pipeline.evaluation.retrieval_controls import GENRE_PRIOR, NEAREST
from v2meow_pipeline.metrics.controls import CLICK_TRACK, GROUND_TRUTH, RANDOM_SHUFFLE, SILENCE
from v2meow_pipeline.metrics.summary import FLOOR

RHYTHM, TEMPO, HARMONY = "Rhythm", "Tempo", "Harmony"
TIMING, QUALITY, TAGS = "Synchrony with the video", "Sound quality", "Tags and text"
DIVERSITY, LOOPS = "Diversity", "Loops, silence and loudness"
PREDICTION = "Prediction of the true tokens"
FIDELITY, MEMORISATION, BIAS = "Fidelity to the original sound", "Memorisation", "Bias"
# Family -> prefixes of metric keys; the longest matching prefix applies.
FAMILIES: dict[str, tuple[str, ...]] = {
    RHYTHM: ("beat_", "onset_"),
    TEMPO: ("tempo_",),
    HARMONY: ("key_", "mode_"),
    TIMING: ("sync_", "energy_pearson_motion", "energy_spearman_motion"),
    QUALITY: ("fad_", "two_sample_"),
    TAGS: ("kld_", "mcc_", "genre_accuracy", "prompt_followed"),
    DIVERSITY: ("diversity_",),
    PREDICTION: ("bits_per_second",),
    LOOPS: ("loop_share", "repeated_share", "silent_share", "energy_"),
    FIDELITY: ("fidelity_",),
    MEMORISATION: ("memorisation_",),
    BIAS: ("bias_", "genre_accuracy_nearest"),
}
# Metrics of the music alone: over a set, the random shuffle scores the same as the ground truth by construction.
OF_MUSIC_ALONE = ("fad_", "two_sample_", "diversity_", "silent_share", "key_strength", "loop_share", "repeated_share")

# Description of each control, from the upper bound to the lower bound.
CONTROL_SYSTEMS: dict[str, str] = {
    GROUND_TRUTH: "the clip's own music: the best possible score",
    FLOOR: "one half of the ground truth against the other: the distance of real music from real music",
    RESYNTHESIS: "the clip's own music through the codec: the upper bound of any model of its tokens",
    NEAREST: "music of the training clip with the most similar video: what retrieval achieves",
    GENRE_PRIOR: "music of a random training clip of the genre: what knowing only the genre achieves",
    RANDOM_SHUFFLE: "real music of another clip: what ignoring the video achieves",
    CLICK_TRACK: "a metronome at the true tempo: shows how easily beat metrics are satisfied",
    SILENCE: "silence: the lower bound",
}
OTHER_SYSTEMS: dict[str, str] = {
    "v2meow": "the model, given the video",
    "v2meow_without_video": "the same model without the video",
    "v2meow_with_text": "the model, given the video and the caption",
    "v2meow_text_only": "the model, given only the caption",
    "v2meow_genre_prompt": "the model, given the video and the name of another genre",
    RULES: "baseline: notes from motion and cuts by fixed rules, without learning",
    MUSICGEN: "baseline: MusicGen, given only the caption",
}


def family_of(metric: str) -> str:
    """Family of a metric.

    Args:
        metric: key of the metric.

    Returns:
        A key of `FAMILIES`.

    Raises:
        KeyError: if the metric belongs to no family.
    """
    matching = {prefix: name for name, of in FAMILIES.items() for prefix in of if metric.startswith(prefix)}
    if not matching:
        raise KeyError(f"{metric} belongs to no family of metrics: add its prefix to FAMILIES")
    return matching[max(matching, key=len)]


def by_family(metrics: Iterable[str]) -> dict[str, list[str]]:
    """Groups metrics by family: families in the order of `FAMILIES`, metrics in the given order."""
    found: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for metric in metrics:
        found[family_of(metric)].append(metric)
    return {name: keys for name, keys in found.items() if keys}


def is_control(system: str) -> bool:
    """Whether a system is a control, which is not ranked."""
    return system in CONTROL_SYSTEMS


def in_order(systems: Iterable[str]) -> list[str]:
    """Systems in the order of the report: evaluated systems in the given order, then controls from best to worst."""
    known = list(systems)
    return [name for name in known if not is_control(name)] + [name for name in CONTROL_SYSTEMS if name in known]
