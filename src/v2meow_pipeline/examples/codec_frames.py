"""Batches of waveforms with the codec's reconstruction of their log-mel frames, for training vocoders."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.examples.epochs import EpochSampler
from v2meow_pipeline.tokenizers.registry import MelCodec


class CodecFrames:
    """Batches {"wave": [batch, samples], "log_mel": [batch, t, band], "levels": [batch]}.

    `log_mel` is decoded by the codec from the first `levels` codebook levels, a number drawn for each example.

    Attributes:
        fingerprint: fingerprint of the audio, the splits, the crop length and the codec.
    """

    def __init__(self, clip_audio: ShardReader, codec: MelCodec, epochs: EpochSampler, crop_frames: int) -> None:
        """Configures the batches; audio is read and encoded lazily.

        Args:
            clip_audio: shard store of the waveforms of all clips.
            codec: fitted codec.
            epochs: selects the clips, and seeds the crop positions and the number of levels.
            crop_frames: crop length in log-mel frames of the codec.
        """
        self._crops = AudioCrops(clip_audio, epochs, crop_frames * codec.clock.mel_hop_samples)
        self._codec, self._epochs = codec, epochs
        self.fingerprint = fingerprint("codec_frames-1", self._crops.fingerprint, codec.fingerprint)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        levels = self._levels(self._epochs.size, "levels", step)[rank::ranks]
        return self._with_frames(self._crops.train(step, rank, ranks)["wave"], levels)

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """Validation batches: the same crops and numbers of levels on every call."""
        for index, batch in enumerate(self._crops.validation()):
            levels = self._levels(len(batch["wave"]), "validation levels", index)
            yield self._with_frames(batch["wave"], levels)

    def _levels(self, count: int, *use: str | int) -> np.ndarray:
        return self._epochs.rng(*use).integers(1, self._codec.clock.acoustic_levels + 1, size=count)

    def _with_frames(self, waves: Tensor, levels: np.ndarray) -> dict[str, Tensor]:
        frames = [
            self._codec.decode_log_mel(self._codec.encode(wave)[:count])
            for wave, count in zip(waves.numpy(), levels.tolist(), strict=True)
        ]
        return {"wave": waves, "log_mel": torch.from_numpy(np.stack(frames)), "levels": torch.from_numpy(levels)}
