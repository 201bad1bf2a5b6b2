"""Descriptions of metric keys: unit, direction and meaning. A key includes its variant."""

from typing import Literal, NamedTuple

Better = Literal["higher", "lower", "reference"]


class MetricKind(NamedTuple):
    """Description of a kind of metric.

    Attributes:
        unit: "%", "bit/s", or "" for a plain number or fraction.
        better: "higher", "lower", or "reference" if values near the ground truth's are better.
        meaning: explanation in one line.
    """

    unit: str
    better: Better
    meaning: str


# By prefix of the key; the longest matching prefix applies.
KINDS: dict[str, MetricKind] = {
    "beat_coverage_adjusted": MetricKind(
        "%", "higher", "share of seconds with an onset in the generated music that have one in both (LORIS)"
    ),
    "beat_coverage_original": MetricKind(
        "%", "reference", "seconds with an onset, generated relative to reference (D2M-GAN); may exceed 100"
    ),
    "beat_hit": MetricKind("%", "higher", "share of seconds with an onset in the reference that have one in both"),
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
    "fad_": MetricKind("", "lower", "squared Frechet audio distance of the whole set"),
    "fad_infinity_": MetricKind("", "lower", "Frechet audio distance, extrapolated to infinitely many frames"),
    "fad_per_clip_": MetricKind("", "lower", "Frechet distance of a single clip from the whole reference set"),
    "two_sample_auc": MetricKind(
        "", "lower", "AUC of a classifier of generated against real embeddings, 0.5 is perfect"
    ),
    "two_sample_auc_to_codec": MetricKind(
        "", "lower", "AUC of a classifier of generated against resynthesised embeddings, 0.5 is perfect"
    ),
    "bits_per_second": MetricKind("bit/s", "lower", "loss of a stage on the true tokens, summed over its levels"),
    "bits_per_second_saved": MetricKind("bit/s", "higher", "reduction of a stage's loss by the video"),
    "loop_share": MetricKind("", "reference", "share of the clip in its longest loop of tokens"),
    "repeated_share": MetricKind("", "reference", "share of 4-grams of tokens that occurred earlier in the clip"),
    "genre_accuracy": MetricKind("", "higher", "share of clips classified as their genre by a judge of real audio"),
    "genre_accuracy_nearest": MetricKind("", "higher", "share of clips whose nearest genre centre is their genre's"),
    "prompt_followed": MetricKind("", "higher", "share of clips classified as the genre that was requested"),
    "fidelity_mel_distance": MetricKind("", "lower", "mean difference of log10 mel magnitudes from the original"),
    "fidelity_log_mel_correlation": MetricKind("", "higher", "correlation of log-mel spectra with the original"),
    "fidelity_visqol": MetricKind("", "higher", "ViSQOL's estimate of listeners' opinion (MOS-LQO), 1 to 4.7"),
    "kld_softmax": MetricKind("", "lower", "KL(reference || generated) of softmax classes, nats"),
    "kld_renormalised": MetricKind("", "lower", "KL(reference || generated) of normalised tag probabilities, nats"),
    "kld_bernoulli": MetricKind("", "lower", "KL(reference || generated) summed over independent tags, nats"),
    "mcc_audio": MetricKind("", "higher", "cosine of the music's embedding with that of the reference audio"),
    "mcc_text": MetricKind("", "higher", "cosine of the music's embedding with that of the reference caption"),
    "key_agreement": MetricKind("", "higher", "weighted score (MIREX) of the key against the reference's"),
    "mode_agreement": MetricKind("", "higher", "share of clips with the mode (major or minor) of their reference"),
    "key_strength": MetricKind("", "reference", "correlation of the chroma with the profile of its key"),
    "energy_pearson": MetricKind("", "higher", "correlation of loudness with another envelope over time"),
    "energy_spearman": MetricKind("", "higher", "rank correlation of loudness with another envelope over time"),
    "sync_share": MetricKind("", "reference", "share of cuts or peaks with a beat nearby; saturates, see sync_lift"),
    "sync_chance": MetricKind("", "reference", "expected sync_share of the same beats at a random phase"),
    "sync_lift": MetricKind("", "higher", "share of cuts or peaks with a beat nearby, minus the chance level"),
    "diversity_seeds": MetricKind("", "reference", "mean cosine distance between seeds of one clip"),
    "diversity_clips": MetricKind("", "reference", "mean cosine distance between clips"),
    "memorisation_run": MetricKind(
        "", "reference", "longest run of tokens shared with a training clip, as a share of the clip"
    ),
    "memorisation_histogram": MetricKind(
        "", "reference", "overlap of the token histogram with the nearest training clip's"
    ),
    "memorisation_shift": MetricKind("", "reference", "share of tokens equal to a training clip's at the best shift"),
    "memorisation_beyond": MetricKind(
        "", "reference", "share of clips more similar to a training clip than any held-out clip is"
    ),
    "bias_cramers_v": MetricKind("", "reference", "association of looks and genres (bias-corrected Cramer's V)"),
    "bias_p_value": MetricKind("", "reference", "p-value of the association of looks and genres"),
}

ARROWS: dict[Better, str] = {"higher": "↑", "lower": "↓", "reference": "≈"}


def describe(metric: str) -> MetricKind:
    """Description of a metric.

    Args:
        metric: key of the metric, such as "fad_musicnn_1.0s".

    Returns:
        Unit, direction and meaning.

    Raises:
        KeyError: if the key matches no known metric.
    """
    matching = [prefix for prefix in KINDS if metric.startswith(prefix)]
    if not matching:
        raise KeyError(f"unknown metric {metric}: describe its prefix in metrics/keys.py")
    return KINDS[max(matching, key=len)]


def heading(metric: str) -> str:
    """Heading of a metric: key, unit and better direction, such as "beat_hit_adjusted, % ↑"."""
    kind = describe(metric)
    return f"{metric}, {kind.unit} {ARROWS[kind.better]}" if kind.unit else f"{metric} {ARROWS[kind.better]}"
