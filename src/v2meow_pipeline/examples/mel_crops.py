"""Batches of log-mel frames of waveform crops, for codecs that are trained on log-mel frames."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.tokenizers.log_mel import LogMel


class MelCrops:
    """Batches {"log_mel": float32 [batch, t_mel, band]}.

    Attributes:
        fingerprint: fingerprint of the audio, the splits, the crop length and the log-mel settings.
    """

    def __init__(self, crops: AudioCrops, log_mel: LogMel, t: int) -> None:
        """Configures the batches; audio is read lazily.

        Args:
            crops: waveform crops of `t` hops each.
            log_mel: log-mel transform.
            t: number of frames per crop.
        """
        self._crops, self._log_mel, self._t = crops, log_mel, t
        layout = [log_mel.window, log_mel.hop, log_mel.floor, len(log_mel.filters)]
        self.fingerprint = fingerprint("mel_crops-1", crops.fingerprint, layout)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        return self._frames(self._crops.train(step, rank, ranks)["wave"])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: the same crop of each validation clip on every call."""
        return (self._frames(batch["wave"]) for batch in self._crops.validation())

    def _frames(self, waves: Tensor) -> dict[str, Tensor]:
        return {"log_mel": torch.from_numpy(np.stack([self._log_mel(wave, self._t) for wave in waves.numpy()]))}
