"""What tokens keep of the sound."""

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
# More decibels than this, either way, say nothing but perfect or silent.
MOST_DB = 100.0


def mel_distance(
    original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"], sample_rate_hz: int
) -> float:
    """Mean absolute difference of log10 mel magnitudes over windows of 256, 512, 1,024 and 2,048 samples.

    Windows overlap by three quarters and have a sixteenth as many bands as samples; magnitudes (a full-scale sine is
    1) are at least 1e-5. 0 is perfect; 0.05 is 1 dB on average.

    Args:
        original: samples.
        reconstruction: as many samples.
        sample_rate_hz: of both.

    Returns:
        The distance.
    """
    pairs = [
        [_log_mel(wave, window, window // 16, sample_rate_hz) for wave in (original, reconstruction)]
        for window in WINDOWS
    ]
    return float(np.mean([np.abs(a - b).mean() for a, b in pairs]))


def log_mel_correlation(
    original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"], sample_rate_hz: int
) -> float:
    """Pearson's correlation of all log10 mel magnitudes (128 bands, windows of 1,280 samples); NaN without variance."""
    a, b = (
        _log_mel(wave, CORRELATION_WINDOW, CORRELATION_BANDS, sample_rate_hz) for wave in (original, reconstruction)
    )
    if not (a.std() and b.std()):
        return float("nan")
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def signal_to_distortion_db(original: Float[np.ndarray, " n"], reconstruction: Float[np.ndarray, " n"]) -> float:
    """The scale-invariant ratio of `networks.si_sdr`, held within 100 dB of 0; NaN where the original is silent."""
    made, wanted = (torch.from_numpy(np.ascontiguousarray(wave))[None] for wave in (reconstruction, original))
    return float(si_sdr(made, wanted).clamp(-MOST_DB, MOST_DB))


def reconstruction_report(tokenizer: Codec, waves: Sequence[np.ndarray]) -> dict[str, float]:
    """Figures of a codec on waves it was not fitted on, for every number of levels.

    Args:
        tokenizer: the codec.
        waves: float32 waves at the codec's rate.

    Returns:
        `codec_mel_distance_levels_LL`, `codec_log_mel_correlation_levels_LL` and `codec_si_sdr_levels_LL`, in decibels,
        for the first 1 to all levels, mean over waves (a silent wave has neither correlation nor ratio and is left out
        of those means).
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
    """Figures of semantic tokens on waves they were not fitted on.

    Args:
        tokenizer: the tokenizer.
        waves: float32 waves at its rate.

    Returns:
        `semantic_within_share`, the share of the features' variance that tokens lose, 0 to 1;
        `semantic_onset_correlation`, between the onset envelopes of tokens and of sound, mean over the waves that
        have onsets; `semantic_repeat_share`, the share of tokens that repeat the one before, which AudioLM would
        remove.
    """
    tokens = [tokenizer.encode(wave) for wave in waves]
    rows = np.concatenate([tokenizer.scaled_features(wave) for wave in waves])
    every = np.concatenate(tokens)
    lost = ((rows - tokenizer.weights.centres[every]) ** 2).sum() / ((rows - rows.mean(0)) ** 2).sum()
    pairs = [
        (tokenizer.onset_envelope(t), onset_envelope(w, tokenizer.clock)) for t, w in zip(tokens, waves, strict=True)
    ]
    kept = [np.corrcoef(a, b)[0, 1] for a, b in pairs if a.std() > 0 and b.std() > 0]
    return {
        "semantic_within_share": float(lost),
        "semantic_onset_correlation": float(np.mean(kept)) if kept else float("nan"),
        "semantic_repeat_share": 1 - sum(len(collapse(t).tokens) for t in tokens) / len(every),
    }


def _mean_of_known(values: Float[np.ndarray, " n"]) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else float("nan")


def _log_mel(
    wave: Float[np.ndarray, " n"], window: int, bands: int, sample_rate_hz: int
) -> Float[np.ndarray, "t band"]:
    spectra = magnitudes(wave, 4 * len(wave) // window, window, window // 4)
    return np.log10(np.maximum(spectra @ mel_filters(bands, window, sample_rate_hz).T, QUIETEST))
