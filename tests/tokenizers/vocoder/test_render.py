"""Long sound from a vocoder."""

import numpy as np
import pytest
import torch
from tests.support.simple_music import SMALL, music
from tests.support.small_vocoder import vocoder

from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.vocoder import render as module
from v2meow_pipeline.tokenizers.vocoder.render import first_phases, render


def test_chunked_equals_whole(codec: AcousticTokenizer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches margins too narrow, phases drawn anew for each chunk, and chunks placed a frame off."""
    codes, network = codec.encode(music(7)), vocoder()
    t = codes.shape[1]

    def frames(first: int, last: int) -> np.ndarray:
        return codec.decode_log_mel(codes, first, last)

    whole = render(network, frames, len(codes), t, seed=1)
    assert whole.shape == (t * SMALL.hop_samples,)
    monkeypatch.setattr(module, "CHUNK_FRAMES", 70)
    # Kernels for other lengths round differently: up to 2e-4 on some processors. A wrong margin or phase gives 0.1.
    np.testing.assert_allclose(render(network, frames, len(codes), t, seed=1), whole, atol=1e-3)


def test_no_frames_no_sound() -> None:
    """Catches an empty soundtrack that fails in a reshape."""
    assert render(vocoder(), lambda first, last: np.zeros((last - first, 128), np.float32), 6, 0, 0).shape == (0,)


def test_a_frame_has_its_own_phases() -> None:
    """Catches phases that depend on where a chunk begins, also before the first frame."""
    whole = first_phases(5, -3, 200, 9)
    assert torch.equal(first_phases(5, 60, 130, 9), whole[63:133])
    assert not torch.equal(first_phases(6, 60, 130, 9), whole[63:133])
