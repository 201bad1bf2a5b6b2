"""MuLan cycle consistency (MCC): similarity of generated music to its reference in a joint music-text embedding space.

Conventions: the cosine similarity of two embeddings, range [-1, 1], 1 is best; the value of a set is the mean over
clips. The embedding of a clip is the normalised mean of the unit vectors of its windows. Windows last 10 s and have
fixed positions (`windows`). There are two metrics with different keys, which must not be compared with each other:

    mcc_audio   against the embedding of the reference audio      (generated from video)
    mcc_text    against the embedding of the reference caption    (generated from video and text)

The key names the embedder. An embedder that also conditioned the generation gives optimistic scores: its keys end in
`_conditioner`.
Source: Agostinelli et al. 2023 (MusicLM), section 5.1, and the paper.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array, require_wave, unit_vectors

WINDOW_S = 10.0


def windows(wave: Array, sample_rate_hz: int, window_s: float = WINDOW_S) -> list[Array]:
    """Divides a wave into the windows that are embedded: contiguous from the start, the last one aligned to the end.

    Args:
        wave: mono waveform, `[n]`.
        sample_rate_hz: sample rate in Hz.
        window_s: window length in seconds.

    Returns:
        Windows of equal length; the last one overlaps its predecessor if the wave is not a multiple of the window. A
        wave shorter than a window is a single, shorter window.

    Raises:
        ValueError: if the wave is empty or not finite, or a window is shorter than a sample.
    """
    samples = require_wave(wave, sample_rate_hz)
    length = round(window_s * sample_rate_hz)
    if length < 1:
        raise ValueError(f"a window of {window_s} s has no sample at {sample_rate_hz} Hz: use a longer window")
    last = max(0, len(samples) - length)
    starts = sorted({*range(0, last + 1, length), last})
    return [samples[start : start + length] for start in starts]


def mean_direction(embeddings: npt.ArrayLike) -> Array:
    """Embedding of a clip: the normalised mean of its windows' unit vectors.

    Args:
        embeddings: embeddings of the windows, `[window, width]`, or a single embedding, `[width]`.

    Returns:
        Unit vector, `[width]`.

    Raises:
        ValueError: if there is no embedding, a value is not finite, a vector is zero, or the mean is zero.
    """
    directions = np.atleast_2d(unit_vectors(embeddings))
    if directions.ndim != 2:
        raise ValueError(f"expected embeddings [window, width], got an array of shape {directions.shape}")
    return unit_vectors(directions.mean(axis=0))


def cycle_consistency(generated: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """Cosine similarity of a clip's generated music and its reference.

    Args:
        generated: embedding of the generated music, `[window, width]` or `[width]`.
        reference: embedding of the reference audio or text in the same space, `[window, width]` or `[width]`.

    Returns:
        Cosine similarity in [-1, 1].

    Raises:
        ValueError: see `mean_direction`; also if the widths differ.
    """
    first, second = mean_direction(generated), mean_direction(reference)
    if first.shape != second.shape:
        raise ValueError(f"embeddings of width {len(first)} and {len(second)} are from different spaces")
    return float(np.clip(first @ second, -1, 1))


def consistency_scores(
    generated: npt.ArrayLike,
    embedder: str,
    reference_audio: npt.ArrayLike | None = None,
    reference_text: npt.ArrayLike | None = None,
    conditioner: bool = False,
) -> dict[str, float]:
    """Cycle consistency of one clip with each given reference.

    Args:
        generated: embeddings of the generated music, `[window, width]` or `[width]`.
        embedder: name of the embedder, used in the keys.
        reference_audio: embeddings of the reference audio; None leaves `mcc_audio` out.
        reference_text: embedding of the reference caption; None leaves `mcc_text` out.
        conditioner: whether this embedder also conditioned the generation.

    Returns:
        `mcc_audio_<embedder>` and `mcc_text_<embedder>`, with the suffix `_conditioner` if `conditioner` is True.

    Raises:
        ValueError: if there is no reference.
    """
    references = {"audio": reference_audio, "text": reference_text}
    ending = "_conditioner" if conditioner else ""
    scores = {
        f"mcc_{kind}_{embedder}{ending}": cycle_consistency(generated, reference)
        for kind, reference in references.items()
        if reference is not None
    }
    if not scores:
        raise ValueError("no reference given: pass reference_audio, reference_text or both")
    return scores
