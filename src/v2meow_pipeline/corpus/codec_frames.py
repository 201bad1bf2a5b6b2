"""Sound beside what the codec makes of it, for networks that decode the codec's frames."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.audio_crops import AudioCrops
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.registry import MelCodec


class CodecFrames:
    """Examples {"wave": [batch, samples], "log_mel": [batch, t, band], "levels": [batch]}.

    Log-mel frames are those that the codec decodes, smoothed, from a number of levels drawn for each example.

    Attributes:
        fingerprint: of the sound, the splits, the crops and the codec.
    """

    def __init__(
        self,
        clip_audio: ShardReader,
        codec: MelCodec,
        train: Sequence[str],
        val: Sequence[str],
        crop_frames: int,
        batch_size: int,
        seed: int,
        val_clips: int = 32,
    ) -> None:
        """Describes the batches; sound is read and coded when it is asked for.

        Args:
            clip_audio: waveforms of all clips.
            codec: fitted.
            train: ids of the training clips.
            val: ids of the validation clips, of which the first `val_clips` are used.
            crop_frames: length of a crop, in the codec's log-mel frames.
            batch_size: examples of a step, over all ranks.
            seed: of order, crops and levels.
            val_clips: validation clips at most.
        """
        samples = crop_frames * codec.clock.mel_hop_samples
        self._crops = AudioCrops(clip_audio, train, val, samples, batch_size, seed, val_clips)
        self._codec, self._batch_size, self._seed = codec, batch_size, seed
        self.fingerprint = fingerprint("codec_frames-1", self._crops.fingerprint, codec.fingerprint)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """The training batch of a step."""
        levels = self._levels(self._batch_size, "levels", step)[rank::ranks]
        return self._with_frames(self._crops.train(step, rank, ranks)["wave"], levels)

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """The same crops from the same numbers of levels each time."""
        for index, batch in enumerate(self._crops.validation()):
            levels = self._levels(len(batch["wave"]), "validation levels", index)
            yield self._with_frames(batch["wave"], levels)

    def _levels(self, count: int, *use: str | int) -> np.ndarray:
        rng = np.random.default_rng(derive_seed(self._seed, *use))
        return rng.integers(1, self._codec.clock.acoustic_levels + 1, size=count)

    def _with_frames(self, waves: Tensor, levels: np.ndarray) -> dict[str, Tensor]:
        frames = [
            self._codec.decode_log_mel(self._codec.encode(wave)[:count])
            for wave, count in zip(waves.numpy(), levels.tolist(), strict=True)
        ]
        return {"wave": waves, "log_mel": torch.from_numpy(np.stack(frames)), "levels": torch.from_numpy(levels)}
