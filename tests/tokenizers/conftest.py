"""One small fit of each tokenizer, shared by the room's tests."""

import numpy as np
import pytest
from tests.support.simple_music import SMALL, music

from v2meow_pipeline.tokenizers.acoustic import AcousticConfig, AcousticTokenizer
from v2meow_pipeline.tokenizers.semantic import SemanticConfig, SemanticTokenizer


@pytest.fixture(scope="session")
def corpus() -> list[np.ndarray]:
    return [music(seed, bpm=70 + 7 * seed) for seed in range(16)]


@pytest.fixture(scope="session")
def codec(corpus: list[np.ndarray]) -> AcousticTokenizer:
    return AcousticTokenizer.fit(corpus, AcousticConfig(max_frames=3000, smoother_frames=3000), SMALL)


@pytest.fixture(scope="session")
def semantic(corpus: list[np.ndarray]) -> SemanticTokenizer:
    return SemanticTokenizer.fit(corpus, SemanticConfig(max_frames=3000, iterations=4), SMALL)
