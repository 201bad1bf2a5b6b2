"""Mel filters are librosa's."""

import librosa
import numpy as np
import pytest

from v2meow_pipeline.encoders.mel import filterbank


@pytest.mark.parametrize(("rate", "fft", "mels"), [(16_000, 512, 96), (22_050, 2048, 128), (16_000, 400, 40)])
def test_filters_are_librosas(rate: int, fft: int, mels: int) -> None:
    """The network was trained on Slaney's scale and normalisation; HTK's looks alike and is not."""
    expected = librosa.filters.mel(sr=rate, n_fft=fft, n_mels=mels).T
    np.testing.assert_allclose(filterbank(rate, fft, mels).numpy(), expected, atol=1e-7)
