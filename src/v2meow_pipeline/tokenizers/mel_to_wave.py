"""Waveform synthesis from log-mel frames with mel inversion and Griffin-Lim, in chunks.

Used by the codecs on log-mel frames. A frame whose bands all equal `LogMel.silence` is digital silence.

Shapes: `t` log-mel frames, `band` mel bands.
"""

from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.chunks import spans
from v2meow_pipeline.tokenizers.griffin_lim import griffin_lim, hold_to_bands
from v2meow_pipeline.tokenizers.log_mel import LogMel

CHUNK_FRAMES = 1000
MARGIN_FRAMES = 25
EDGE_FRAMES = 3

Frames = Callable[[int, int], Float[np.ndarray, "frames band"]]


class GriffinLim:
    """Griffin-Lim synthesis of log-mel frames.

    Args:
        log_mel: log-mel transform of the frames.
        steps: Griffin-Lim iterations; time is nearly proportional to them.
        momentum: momentum of fast Griffin-Lim.
    """

    def __init__(self, log_mel: LogMel, steps: int, momentum: float) -> None:
        self.log_mel, self.steps, self.momentum = log_mel, steps, momentum

    def wave(self, frames: Frames, t: int, seed: int, chunk: int = CHUNK_FRAMES) -> Float[np.ndarray, " samples"]:
        """Synthesises `t` frames in chunks.

        Args:
            frames: function that returns the log-mel frames [first, last).
            t: total number of frames.
            seed: seeds the initial phases.
            chunk: frames per chunk; a chunk continues the phases of the previous one.

        Returns:
            Samples, float32 in [-1, 1], `t * hop` of them.
        """
        hop, pad = self.log_mel.hop, 3 * self.log_mel.hop // 2
        wave = np.zeros(t * hop + 2 * pad, np.float32)
        for index, (start, _, first, last) in enumerate(spans(t, chunk, MARGIN_FRAMES)):
            bands = self.bands(frames(first, last))
            known = wave[first * hop : start * hop + pad] if index else None
            wave[first * hop : last * hop + 2 * pad] = self._sound(bands, derive_seed(seed, "phase", index), known)
        return np.clip(wave[pad : pad + t * hop], -1, 1)

    def bands(self, log_mel: Float[np.ndarray, "t band"]) -> Float[np.ndarray, "t band"]:
        """Mean magnitude of each mel band; 0 in silent frames."""
        bands = self.log_mel.bands(log_mel)
        bands[(log_mel == np.float32(self.log_mel.silence)).all(1)] = 0
        return bands

    def _sound(
        self, bands: Float[np.ndarray, "t band"], seed: int, known: Float[np.ndarray, " overlap"] | None
    ) -> Float[np.ndarray, " padded"]:
        """Waveform of a chunk with 1.5 hops of padding on each side; mirrored frames stabilise its ends."""
        hop, front = self.log_mel.hop, EDGE_FRAMES if known is None else 0
        if not bands.any():
            return np.zeros((len(bands) + 3) * hop, np.float32)
        padded = np.pad(bands, ((front, EDGE_FRAMES), (0, 0)), mode="symmetric")
        wave = griffin_lim(
            torch.from_numpy(self.log_mel.invert(padded)),
            hop,
            seed,
            self.steps,
            self.momentum,
            hold_to_bands(padded, self.log_mel.filters),
            None if known is None else torch.from_numpy(known.copy()),
        )
        return wave[front * hop : (front + len(bands) + 3) * hop].numpy()
