"""Mel triangles."""

import numpy as np
import pytest
from tests.support.librosa_loading import loaded_librosa

from v2meow_pipeline.networks.mel_filters import mel_filters

RATE = 16_000


def test_filters_are_those_of_slaneys_scale() -> None:
    """A slip in the mel formula shifts all bands: compared with librosa's, up to their normalisation."""
    theirs = loaded_librosa().filters.mel(sr=RATE, n_fft=2048, n_mels=64)
    np.testing.assert_allclose(mel_filters(64, 2048, RATE), theirs / theirs.sum(1, keepdims=True), atol=1e-4)


@pytest.mark.parametrize(("bands", "window"), [(16, 256), (128, 1280), (128, 512)])
def test_no_band_is_empty(bands: int, window: int) -> None:
    """A band without a bin would be silent in every sound, and its inverse divide by zero."""
    np.testing.assert_allclose(mel_filters(bands, window, RATE).sum(1), 1, rtol=1e-5)
