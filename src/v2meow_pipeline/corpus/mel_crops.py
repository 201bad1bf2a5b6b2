"""Log-mel frames of crops of the corpus' sound, for codecs that are trained on them."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.audio_crops import AudioCrops
from v2meow_pipeline.tokenizers.log_mel import LogMel


class MelCrops:
    """Examples {"log_mel": float32 [batch, t_mel, band]}.

    Attributes:
        fingerprint: of the sound, the splits, the crops and the frames.
    """

    def __init__(self, crops: AudioCrops, log_mel: LogMel, t: int) -> None:
        """Describes the batches; sound is read when it is asked for.

        Args:
            crops: of the waves, `t` hops long.
            log_mel: layout of the frames.
            t: frames of a crop.
        """
        self._crops, self._log_mel, self._t = crops, log_mel, t
        layout = [log_mel.window, log_mel.hop, log_mel.floor, len(log_mel.filters)]
        self.fingerprint = fingerprint("mel_crops-1", crops.fingerprint, layout)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """The training batch of a step."""
        return self._frames(self._crops.train(step, rank, ranks)["wave"])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """The same crop of each validation clip each time."""
        return (self._frames(batch["wave"]) for batch in self._crops.validation())

    def _frames(self, waves: Tensor) -> dict[str, Tensor]:
        return {"log_mel": torch.from_numpy(np.stack([self._log_mel(wave, self._t) for wave in waves.numpy()]))}
