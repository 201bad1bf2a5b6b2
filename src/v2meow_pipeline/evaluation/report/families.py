"""Metrics by what they are about, and systems by what they are there for."""

from collections.abc import Iterable

from v2meow_pipeline.evaluation.baselines.render_baselines import MUSICGEN, RULES
from v2meow_pipeline.evaluation.evaluate import RESYNTHESIS
from v2meow_pipeline.evaluation.retrieval_controls import GENRE_PRIOR, NEAREST
from v2meow_pipeline.metrics.controls import CLICK_TRACK, GROUND_TRUTH, RANDOM_SHUFFLE, SILENCE
from v2meow_pipeline.metrics.summary import FLOOR

RHYTHM, TEMPO, HARMONY = "Rhythm", "Tempo", "Harmony"
TIMING, QUALITY, TAGS = "Timing with the picture", "Sound quality", "Tags and text"
DIVERSITY, LOOPS = "Diversity", "Loops, silence and loudness"
PREDICTION = "Prediction of the true tokens"
FIDELITY, MEMORISATION, BIAS = "Fidelity to the original sound", "Memorisation", "Bias"
# The longest prefix of a key decides.
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
# Metrics that look at the music alone: over a set, the shuffle scores as the ground truth does, by construction.
OF_MUSIC_ALONE = ("fad_", "two_sample_", "diversity_", "silent_share", "key_strength", "loop_share", "repeated_share")

# What each control tells, from the best that can be hoped for to the least.
CONTROL_SYSTEMS: dict[str, str] = {
    GROUND_TRUTH: "the clip's own music: the best that a metric can say",
    FLOOR: "one half of the ground truth against the other: where a distance of sets starts",
    RESYNTHESIS: "the clip's own music through the codec: the ceiling of any model of its tokens",
    NEAREST: "music of the training clip that looks most alike: what looking up reaches",
    GENRE_PRIOR: "music of any training clip of the genre: what knowing the genre reaches",
    RANDOM_SHUFFLE: "real music that belongs to another clip: what ignoring the video reaches",
    CLICK_TRACK: "a metronome at the true tempo: how easily beat metrics are satisfied",
    SILENCE: "nothing: the floor",
}
OTHER_SYSTEMS: dict[str, str] = {
    "v2meow": "the model, told the video",
    "v2meow_without_video": "the same model with its eyes closed",
    "v2meow_with_text": "the model, told the video and the caption",
    "v2meow_text_only": "the model, told the caption only",
    "v2meow_genre_prompt": "the model, told the video and the name of another genre",
    RULES: "another idea: movement and cuts to notes by rules, without learning",
    MUSICGEN: "another idea: a model by others, told the caption only",
}


def family_of(metric: str) -> str:
    """What a metric is about.

    Args:
        metric: its key.

    Returns:
        One of `FAMILIES`.

    Raises:
        KeyError: if it is in none.
    """
    matching = {prefix: name for name, of in FAMILIES.items() for prefix in of if metric.startswith(prefix)}
    if not matching:
        raise KeyError(f"{metric} belongs to no family of metrics")
    return matching[max(matching, key=len)]


def by_family(metrics: Iterable[str]) -> dict[str, list[str]]:
    """The families that some metrics are of, in their usual order, each with its metrics in the order given."""
    found: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for metric in metrics:
        found[family_of(metric)].append(metric)
    return {name: keys for name, keys in found.items() if keys}


def is_control(system: str) -> bool:
    """Whether a system is there to be compared with, and not to win."""
    return system in CONTROL_SYSTEMS


def in_order(systems: Iterable[str]) -> list[str]:
    """What was evaluated first, then controls, from ceiling to floor."""
    known = list(systems)
    return [name for name in known if not is_control(name)] + [name for name in CONTROL_SYSTEMS if name in known]
