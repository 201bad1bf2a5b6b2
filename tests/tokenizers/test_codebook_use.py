"""Perplexity and codes that never occur."""

import numpy as np
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.codebook_use import codebook_use, perplexity


def test_perplexity_counts_tokens_in_use() -> None:
    """Logarithms of different bases in entropy and exponential would give 2.7 for 4."""
    assert perplexity(np.array([[0, 1], [2, 3]]), 1024) == pytest.approx(4)
    assert perplexity(np.zeros(9, np.int64), 1024) == pytest.approx(1)


def test_use_is_counted_over_all_clips_and_level_by_level() -> None:
    """Catches a mean of each clip's own use, which is far too low, and levels that are mixed."""
    clock = Clock()
    semantic = np.arange(8).reshape(4, 2)
    acoustic = np.stack([np.arange(12).reshape(4, 3), np.zeros((4, 3), int)], axis=1)
    figures = codebook_use(semantic, acoustic, clock)
    assert figures["semantic_perplexity"] == pytest.approx(8)
    assert figures["semantic_dead_share"] == pytest.approx(1 - 8 / clock.semantic_vocab)
    assert figures["codec_perplexity_level_01"] == pytest.approx(12)
    assert figures["codec_perplexity_level_02"] == pytest.approx(1)
    assert figures["codec_dead_share_level_02"] == pytest.approx(1 - 1 / clock.acoustic_vocab)
    assert figures["codebook_use_frames"] == 12
