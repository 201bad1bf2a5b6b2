"""Batches of waveform crops with their captions, for contrastive training of audio and text."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, from_pcm
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.mulan.pieces import WordPieces
from v2meow_pipeline.encoders.text import MiniLM
from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.epochs import clip_of_example
from v2meow_pipeline.seeding import derive_seed

LOG = logging.getLogger(__name__)


class CaptionedCrops:
    """Batches {"wave": float32 [batch, samples], "text": one row per wave, "caption": int64 [batch]}.

    The clips are shuffled anew each epoch. `caption` is the index of the caption text: equal texts share an index.

    Attributes:
        fingerprint: fingerprint of the audio, the captions, the splits and the crop length.
        skipped: number of clips of both splits that have no caption.
    """

    def __init__(
        self,
        clip_audio: ShardReader,
        manifest: pd.DataFrame,
        reader: WordPieces | MiniLM,
        rates_hz: tuple[int, int],
        crop_s: float,
        batch_size: int,
        seed: int,
        val_clips: int = 32,
    ) -> None:
        """Encodes the captions; audio is read lazily.

        Args:
            clip_audio: shard store of the waveforms of all clips.
            manifest: clip manifest with `clip_id`, `split` and `caption`; splits "train" and "val" are used.
            reader: text encoder or tokenizer that turns captions into the rows of "text".
            rates_hz: sample rate of the stored waveforms, and of the crops.
            crop_s: crop length in seconds, at most the clip length.
            batch_size: examples per step, summed over all ranks.
            seed: seeds the clip order and the crop positions.
            val_clips: maximum number of validation clips; they form one batch, since the contrastive loss is computed
                within a batch.

        Raises:
            ConfigError: if a crop is longer than a clip, fewer than two training captions differ, or no validation
                clip has a caption.
        """
        used = manifest[manifest["split"].isin(["train", "val"])]
        captioned = used[used["caption"].notna()]
        self.skipped = len(used) - len(captioned)
        if self.skipped:
            LOG.warning("%d of %d clips have no caption and are not used for training", self.skipped, len(used))
        self._train = captioned.loc[captioned["split"] == "train", "clip_id"].tolist()
        self._val = captioned.loc[captioned["split"] == "val", "clip_id"].tolist()[:val_clips]
        self._reader, self._rates_hz, self._batch_size, self._seed = clip_audio, rates_hz, batch_size, seed
        self._samples = round(crop_s * rates_hz[0])
        self._clip_samples = clip_audio.layout[AUDIO][1][-1]
        captions = dict(zip(captioned["clip_id"], captioned["caption"], strict=True))
        self._check(len({captions[clip_id] for clip_id in self._train}), crop_s)
        distinct, index = np.unique([captions[c] for c in (*self._train, *self._val)], return_inverse=True)
        self._caption = dict(zip((*self._train, *self._val), index.tolist(), strict=True))
        self._texts = torch.from_numpy(reader.encode(distinct.tolist()))
        about = [clip_audio.fingerprint, reader.fingerprint, self._train, self._val, distinct.tolist(), index.tolist()]
        self.fingerprint = fingerprint("captioned_crops-1", *about, list(rates_hz), self._samples)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        starts = self._starts(("crop", step), self._batch_size)
        first = step * self._batch_size
        clips = [self._clip(first + i) for i in range(self._batch_size)]
        return self._batch(clips[rank::ranks], starts[rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """One validation batch: the same crop of each validation clip on every call."""
        yield self._batch(self._val, self._starts(("validation",), len(self._val)))

    def _check(self, different: int, crop_s: float) -> None:
        if different < 2 or not self._val:
            raise ConfigError(
                f"Contrastive training needs at least two different training captions and one captioned validation "
                f"clip; the corpus has {different} and {len(self._val)}.",
                "Add captions to clips of both splits, at least two different ones, or train without mulan.",
            )
        if self._samples > self._clip_samples:
            raise ConfigError(
                f"A crop of {crop_s} s is longer than a clip of {self._clip_samples / self._rates_hz[0]} s.",
                "Choose a shorter segment.",
            )

    def _starts(self, purpose: tuple[str | int, ...], count: int) -> list[int]:
        rng = np.random.default_rng(derive_seed(self._seed, *purpose))
        return rng.integers(self._clip_samples - self._samples + 1, size=count).tolist()

    def _clip(self, example: int) -> str:
        return self._train[clip_of_example(example, len(self._train), self._seed)]

    def _batch(self, clip_ids: Sequence[str], starts: Sequence[int]) -> dict[str, Tensor]:
        crops = [
            to_rate(from_pcm(self._reader.read(clip_id, AUDIO)[start : start + self._samples]), *self._rates_hz)
            for clip_id, start in zip(clip_ids, starts, strict=True)
        ]
        caption = torch.tensor([self._caption[clip_id] for clip_id in clip_ids])
        return {"wave": torch.from_numpy(np.stack(crops)), "text": self._texts[caption], "caption": caption}
