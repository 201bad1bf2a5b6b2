"""Codebook usage metrics: perplexity and the fraction of unused codes."""

import numpy as np
from jaxtyping import Int

from v2meow_pipeline.clock import Clock


def perplexity(tokens: Int[np.ndarray, "*shape"], vocab: int) -> float:
    """Perplexity of the token distribution (exponential of its entropy), from 1 to `vocab`."""
    share = np.bincount(tokens.ravel(), minlength=vocab) / max(tokens.size, 1)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


def codebook_use(
    semantic: Int[np.ndarray, "clip t_semantic"], acoustic: Int[np.ndarray, "clip level t_acoustic"], clock: Clock
) -> dict[str, float]:
    """Computes codebook usage; only meaningful for many clips, since few clips cannot use a large codebook.

    Args:
        semantic: semantic tokens.
        acoustic: acoustic tokens of the same clips.
        clock: codebook sizes.

    Returns:
        `semantic_perplexity` and `semantic_dead_share` (fraction of codes that never occur);
        `codec_perplexity_level_LL` and `codec_dead_share_level_LL` for each level; `codebook_use_frames`, the number of
        acoustic frames.
    """
    figures = _use("semantic", "", semantic, clock.semantic_vocab)
    for level in range(acoustic.shape[1]):
        figures |= _use("codec", f"_level_{level + 1:02d}", acoustic[:, level], clock.acoustic_vocab)
    return figures | {"codebook_use_frames": float(acoustic[:, 0].size)}


def _use(name: str, suffix: str, tokens: Int[np.ndarray, "clip t"], vocab: int) -> dict[str, float]:
    return {
        f"{name}_perplexity{suffix}": perplexity(tokens, vocab),
        f"{name}_dead_share{suffix}": 1 - len(np.unique(tokens)) / vocab,
    }
