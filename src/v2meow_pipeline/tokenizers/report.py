"""Quality metrics of tokenizers: reconstruction of codecs, and information kept by semantic tokens."""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.networks.si_sdr import si_sdr
from v2meow_pipeline.progress import track
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.log_mel import magnitudes
from v2meow_pipeline.tokenizers.repeats import collapse
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer, onset_envelope

WINDOWS = (256, 512, 1024, 2048)
CORRELATION_WINDOW, CORRELATION_BANDS = 1280, 128
QUIETEST = 1e-5
# SI-SDR is clamped to +-100 dB, since perfect and orthogonal reconstructions are infinite.
MOST_DB = 100.0


def mel_distance(
    original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"], sample_rate_hz: int
) -> float:
    """Multi-scale mel distance: mean absolute difference of log10 mel magnitudes over four window lengths.

    Windows have 256, 512, 1,024 and 2,048 samples, overlap by three quarters and have one band per 16 samples.
    Magnitudes (relative to a full-scale sine) are clamped to at least 1e-5. A distance of 0.05 is 1 dB on average.

    Args:
        original: samples.
        reconstruction: the same number of samples.
        sample_rate_hz: sample rate of both.

    Returns:
        The distance; 0 is perfect.
    """
    pairs = [
        [_log_mel(wave, window, window // 16, sample_rate_hz) for wave in (original, reconstruction)]
        for window in WINDOWS
    ]
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


def log_mel_correlation(
    original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"], sample_rate_hz: int
) -> float:
    """Pearson correlation of all log10 mel magnitudes (128 bands, windows of 1,280 samples); NaN without variance."""
    a, b = (
        _log_mel(wave, CORRELATION_WINDOW, CORRELATION_BANDS, sample_rate_hz) for wave in (original, reconstruction)
    )
    if not (a.std() and b.std()):
        return float("nan")
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def signal_to_distortion_db(original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"]) -> float:
    """SI-SDR in dB (`networks.si_sdr`), clamped to +-100 dB; NaN if the original is silent."""
    made, wanted = (torch.from_numpy(np.ascontiguousarray(wave))[None] for wave in (reconstruction, original))
    return float(si_sdr(made, wanted).clamp(-MOST_DB, MOST_DB))


def reconstruction_report(tokenizer: Codec, waves: Sequence[np.ndarray]) -> dict[str, float]:
    """Computes reconstruction metrics of a codec for every number of levels.

    Args:
        tokenizer: the codec.
        waves: float32 waveforms at the codec's sample rate that it was not trained on.

    Returns:
        `codec_mel_distance_levels_LL`, `codec_log_mel_correlation_levels_LL` and `codec_si_sdr_levels_LL` (dB) for the
        first LL levels, averaged over waveforms; silent waveforms are excluded from correlation and SI-SDR.
    """
    rate, total = tokenizer.clock.sample_rate_hz, tokenizer.clock.acoustic_levels
    distances, correlations, ratios = np.full((3, total, len(waves)), np.nan)
    codes = [tokenizer.encode(wave) for wave in waves]
    for index in track(range(len(waves)), "codec reconstruction"):
        for level in range(total):
            decoded = tokenizer.decode(codes[index][: level + 1])
            original = waves[index][: len(decoded)]
            decoded = decoded[: len(original)]
            distances[level, index] = mel_distance(original, decoded, rate)
            correlations[level, index] = log_mel_correlation(original, decoded, rate)
            ratios[level, index] = signal_to_distortion_db(original, decoded)
    figures = {}
    for level in range(total):
        figures[f"codec_mel_distance_levels_{level + 1:02d}"] = float(distances[level].mean())
        figures[f"codec_log_mel_correlation_levels_{level + 1:02d}"] = _mean_of_known(correlations[level])
        figures[f"codec_si_sdr_levels_{level + 1:02d}"] = _mean_of_known(ratios[level])
    return figures


def semantic_report(tokenizer: SemanticTokenizer, waves: Sequence[np.ndarray]) -> dict[str, float]:
    """Computes metrics of semantic tokens.

    Args:
        tokenizer: the tokenizer.
        waves: float32 waveforms at its sample rate that it was not fitted on.

    Returns:
        `semantic_within_share`, the fraction of feature variance within clusters, about 0 to 1;
        `semantic_onset_correlation`, the correlation of onset envelopes of tokens and audio, averaged over waveforms
        with onsets; `semantic_repeat_share`, the fraction of tokens equal to the previous one, which AudioLM removes.
    """
    tokens = [tokenizer.encode(wave) for wave in waves]
    rows = np.concatenate([tokenizer.scaled_features(wave) for wave in waves])
    all_tokens = np.concatenate(tokens)
    within = ((rows - tokenizer.weights.centres[all_tokens]) ** 2).sum() / ((rows - rows.mean(0)) ** 2).sum()
    pairs = [
        (tokenizer.onset_envelope(t), onset_envelope(w, tokenizer.clock)) for t, w in zip(tokens, waves, strict=True)
    ]
    correlations = [np.corrcoef(a, b)[0, 1] for a, b in pairs if a.std() > 0 and b.std() > 0]
    return {
        "semantic_within_share": float(within),
        "semantic_onset_correlation": float(np.mean(correlations)) if correlations else float("nan"),
        "semantic_repeat_share": 1 - sum(len(collapse(t).tokens) for t in tokens) / len(all_tokens),
    }


def _mean_of_known(values: Float[np.ndarray, " n"]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _log_mel(
    wave: Float[np.ndarray, " n"], window: int, bands: int, sample_rate_hz: int
) -> Float[np.ndarray, "t band"]:
    spectra = magnitudes(wave, 4 * len(wave) // window, window, window // 4)
    return np.log10(np.maximum(spectra @ mel_filters(bands, window, sample_rate_hz).T, QUIETEST))
