"""What each metric's key means to a reader: its unit and which way is better. A key carries its variant."""

from typing import Literal, NamedTuple

Better = Literal["higher", "lower", "reference"]


class MetricKind(NamedTuple):
    """How a metric is shown.

    Attributes:
        unit: "%", "bit/s", "" for a plain number or fraction.
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
    "fad_infinity_": MetricKind("", "lower", "Frechet audio distance, extrapolated to infinitely many frames"),
    "fad_per_clip_": MetricKind("", "lower", "Frechet distance of a single clip from all of the reference"),
    "two_sample_auc": MetricKind(
        "", "lower", "AUC of a classifier of generated against real embeddings, 0.5 is perfect"
    ),
    "two_sample_auc_to_codec": MetricKind(
        "", "lower", "AUC of a classifier of generated against resynthesised embeddings, 0.5 is perfect"
    ),
    "bits_per_second": MetricKind("bit/s", "lower", "loss of a stage on the true tokens, over all its levels"),
    "bits_per_second_saved": MetricKind("bit/s", "higher", "by how much the video lowers the loss of a stage"),
    "loop_share": MetricKind("", "reference", "share of the clip in its longest loop of tokens"),
    "repeated_share": MetricKind("", "reference", "share of 4-grams of tokens that occurred before in the clip"),
    "genre_accuracy": MetricKind("", "higher", "share of clips whose genre a judge of true sound names"),
    "genre_accuracy_nearest": MetricKind("", "higher", "share of clips whose genre is heard as their reference's"),
    "prompt_followed": MetricKind("", "higher", "share of clips in which the judge hears the genre that was asked for"),
    "fidelity_mel_distance": MetricKind("", "lower", "mean difference of log10 mel magnitudes from the original"),
    "fidelity_log_mel_correlation": MetricKind("", "higher", "correlation of log-mel spectra with the original"),
    "fidelity_visqol": MetricKind("", "higher", "ViSQOL's estimate of what listeners say, 1 to 4.7"),
    "kld_softmax": MetricKind("", "lower", "KL(reference || generated) of softmax classes, nats"),
    "kld_renormalised": MetricKind("", "lower", "KL(reference || generated) of tag probabilities over their sum, nats"),
    "kld_bernoulli": MetricKind("", "lower", "KL(reference || generated) summed over tags, each by itself, nats"),
    "mcc_audio": MetricKind("", "higher", "cosine of the music's embedding with that of the reference's sound"),
    "mcc_text": MetricKind("", "higher", "cosine of the music's embedding with that of the reference's caption"),
    "key_agreement": MetricKind("", "higher", "weighted score (MIREX) of the key against the reference's"),
    "mode_agreement": MetricKind("", "higher", "share of clips that are major or minor as their reference is"),
    "key_strength": MetricKind("", "reference", "correlation of the chroma with the profile of its key"),
    "energy_pearson": MetricKind("", "higher", "correlation of loudness with another envelope over time"),
    "energy_spearman": MetricKind("", "higher", "rank correlation of loudness with another envelope over time"),
    "sync_share": MetricKind("", "reference", "share of cuts or peaks with a beat nearby; saturates: see the lift"),
    "sync_chance": MetricKind("", "reference", "that share, expected for the same beats at a random phase"),
    "sync_lift": MetricKind("", "higher", "share of cuts or peaks with a beat nearby, less what chance gives"),
    "diversity_seeds": MetricKind("", "reference", "mean cosine distance between seeds of one clip"),
    "diversity_clips": MetricKind("", "reference", "mean cosine distance between clips"),
    "memorisation_run": MetricKind(
        "", "reference", "longest run of tokens shared with a training clip, share of the clip"
    ),
    "memorisation_histogram": MetricKind(
        "", "reference", "overlap of tokens' histograms with the nearest training clip"
    ),
    "memorisation_shift": MetricKind("", "reference", "share of tokens equal to a training clip's at the best shift"),
    "memorisation_beyond": MetricKind(
        "", "reference", "share of clips nearer to a training clip than any held-out one"
    ),
    "bias_cramers_v": MetricKind(
        "", "reference", "strength of the link of looks and genres (bias-corrected Cramer's V)"
    ),
    "bias_p_value": MetricKind("", "reference", "probability of such a link of looks and genres by chance"),
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
