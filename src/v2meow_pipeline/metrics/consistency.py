"""MuLan cycle consistency: how near the generated music lies to its reference in a joint space of music and text.

Conventions: the cosine of two embeddings, range [-1, 1], 1 is best; a set's value is the mean over clips. A clip's
embedding is the mean of its windows' unit vectors, at length 1 again; windows last 10 s and lie at fixed positions
(`windows`), never at random ones. Two quantities with different keys, which never share an axis:

    mcc_audio   against the embedding of the reference's sound      (from video)
    mcc_text    against the embedding of the reference's caption    (from video and text)

The key names the embedder. One that also conditioned the generation flatters itself: its keys end in `_conditioner`.
Source: Agostinelli et al. 2023 (MusicLM), section 5.1, and the paper.
"""

import numpy as np
import numpy.typing as npt

from v2meow_pipeline.metrics.validate import Array, require_wave, unit_vectors

WINDOW_S = 10.0


def windows(wave: Array, sample_rate_hz: int, window_s: float = WINDOW_S) -> list[Array]:
    """The parts of a wave that are embedded: side by side from its start, the last one at its end.

    Args:
        wave: mono, `[n]`.
        sample_rate_hz: samples a second.
        window_s: length of a window, seconds.

    Returns:
        Windows of equal length; the last overlaps the one before where the wave is not a multiple of it. A wave that is
        shorter than a window is a single one.

    Raises:
        ValueError: if the wave is empty or not finite, or a window shorter than a sample.
    """
    samples = require_wave(wave, sample_rate_hz)
    length = round(window_s * sample_rate_hz)
    if length < 1:
        raise ValueError(f"a window of {window_s} s holds no sample at {sample_rate_hz} Hz")
    last = max(0, len(samples) - length)
    starts = sorted({*range(0, last + 1, length), last})
    return [samples[start : start + length] for start in starts]


def mean_direction(embeddings: npt.ArrayLike) -> Array:
    """One embedding of a clip from those of its windows.

    Args:
        embeddings: `[window, width]`, or a single one, `[width]`.

    Returns:
        `[width]`, of length 1.

    Raises:
        ValueError: if there is none, a value is not finite, a vector has length 0, or the windows cancel out.
    """
    directions = np.atleast_2d(unit_vectors(embeddings))
    if directions.ndim != 2:
        raise ValueError(f"embeddings [window, width] are needed, not an array of shape {directions.shape}")
    return unit_vectors(directions.mean(axis=0))


def cycle_consistency(generated: npt.ArrayLike, reference: npt.ArrayLike) -> float:
    """The cosine of a clip's music embedding with its reference.

    Args:
        generated: of the generated music, `[window, width]` or `[width]`.
        reference: of the reference's sound or text, in the same space, likewise.

    Returns:
        In [-1, 1].

    Raises:
        ValueError: as `mean_direction`, or if the widths differ.
    """
    first, second = mean_direction(generated), mean_direction(reference)
    if first.shape != second.shape:
        raise ValueError(f"embeddings of width {len(first)} and {len(second)} cannot be compared")
    return float(np.clip(first @ second, -1, 1))


def evaluate(
    generated: npt.ArrayLike,
    embedder: str,
    reference_audio: npt.ArrayLike | None = None,
    reference_text: npt.ArrayLike | None = None,
    conditioner: bool = False,
) -> dict[str, float]:
    """The consistency of one clip with each reference that it has.

    Args:
        generated: embeddings of the generated music, `[window, width]` or `[width]`.
        embedder: its name and checkpoint, for the keys.
        reference_audio: embeddings of the reference's sound.
        reference_text: embedding of the reference's caption.
        conditioner: whether this embedder also conditioned the generation.

    Returns:
        `mcc_audio_<embedder>`, `mcc_text_<embedder>`, with `_conditioner` at the end where that is so.

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
        raise ValueError("there is no reference, neither sound nor text, to be consistent with")
    return scores
