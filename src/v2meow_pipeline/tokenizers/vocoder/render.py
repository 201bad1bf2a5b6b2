"""Vocoder synthesis of any duration, in chunks."""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.vocoder.network import EDGE, Vocoder

CHUNK_FRAMES = 1000
PHASE_BLOCK = 64

Frames = Callable[[int, int], Float[np.ndarray, "frames band"]]


@torch.inference_mode()
def render(vocoder: Vocoder, frames: Frames, levels: int, t: int, seed: int) -> Float[np.ndarray, " samples"]:
    """Synthesises `t` frames; the result does not depend on the chunk boundaries.

    Args:
        vocoder: vocoder in evaluation mode.
        frames: function that returns the smoothed log-mel frames [first, last) of the codec.
        levels: number of levels that the frames were decoded from.
        t: total number of frames.
        seed: seeds the initial phases; the same seed gives the same waveform.

    Returns:
        Samples, float32 in [-1, 1], `t * hop` of them.
    """
    hop, wave = vocoder.hop, np.zeros(t * vocoder.hop, np.float32)
    for start, stop, first, last in spans(t, CHUNK_FRAMES, vocoder.margin_frames):
        log_mel = torch.from_numpy(frames(first, last))[None]
        phases = first_phases(seed, first - EDGE, last + EDGE, 2 * hop + 1)[None]
        chunk = vocoder(log_mel, torch.tensor([levels]), phases)[0]
        wave[start * hop : stop * hop] = chunk[(start - first) * hop : (stop - first) * hop].numpy()
    return np.clip(wave, -1, 1)


def first_phases(seed: int, first: int, last: int, bins: int) -> Float[Tensor, "frames bin"]:
    """Random initial phases of frames `first` to `last`; those of a frame do not depend on the chunk boundaries."""
    low, high = first // PHASE_BLOCK, -(-last // PHASE_BLOCK)
    phases = [_block(derive_seed(seed, "phase", block), bins) for block in range(low, high)]
    return torch.cat(phases)[first - low * PHASE_BLOCK : last - low * PHASE_BLOCK]


def _block(seed: int, bins: int) -> Float[Tensor, "block bin"]:
    return torch.rand(PHASE_BLOCK, bins, generator=torch.Generator().manual_seed(seed)) * (2 * math.pi)
