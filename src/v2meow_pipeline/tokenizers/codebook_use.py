"""How much of each codebook is in use."""

import numpy as np
from jaxtyping import Int

from v2meow_pipeline.clock import Clock


def perplexity(tokens: Int[np.ndarray, "*shape"], vocab: int) -> float:
    """How many tokens are in use, in effect: the exponential of the entropy of their frequencies, 1 to `vocab`."""
    share = np.bincount(tokens.ravel(), minlength=vocab) / max(tokens.size, 1)
    share = share[share > 0]
    return float(np.exp(-(share * np.log(share)).sum()))


def codebook_use(
    semantic: Int[np.ndarray, "clip t_semantic"], acoustic: Int[np.ndarray, "clip level t_acoustic"], clock: Clock
) -> dict[str, float]:
    """Figures of the tokens of many clips: of few, most codes of a large codebook cannot occur.

    Args:
        semantic: semantic tokens.
        acoustic: acoustic tokens of the same clips.
        clock: the sizes of the codebooks.

    Returns:
        `semantic_perplexity` and `semantic_dead_share`, the share of codes that never occur;
        `codec_perplexity_level_LL` and `codec_dead_share_level_LL` for each level; `codebook_use_frames`, how many
        acoustic frames were counted.
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
