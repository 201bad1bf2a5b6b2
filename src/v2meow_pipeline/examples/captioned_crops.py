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
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler

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
        batches: BatchSettings,
    ) -> None:
        """Encodes the captions; audio is read lazily.

        Args:
            clip_audio: shard store of the waveforms of all clips.
            manifest: clip manifest with `clip_id`, `split` and `caption`; splits "train" and "val" are used.
            reader: text encoder or tokenizer that turns captions into the rows of "text".
            rates_hz: sample rate of the stored waveforms, and of the crops.
            crop_s: crop length in seconds, at most the clip length.
            batches: size and seed of the batches; the validation clips form one batch, since the contrastive loss is
                computed within a batch.

        Raises:
            ConfigError: if a crop is longer than a clip, fewer than two training captions differ, or no validation
                clip has a caption.
        """
        used = manifest[manifest["split"].isin(["train", "val"])]
        captioned = used[used["caption"].notna()]
        self.skipped = len(used) - len(captioned)
        if self.skipped:
            LOG.warning("%d of %d clips have no caption and are not used for training", self.skipped, len(used))
        train, val = (captioned.loc[captioned["split"] == split, "clip_id"].tolist() for split in ("train", "val"))
        self._epochs = EpochSampler(train, val, batches)
        self._reader, self._rates_hz = clip_audio, rates_hz
        self._samples = round(crop_s * rates_hz[0])
        self._clip_samples = clip_audio.layout[AUDIO][1][-1]
        captions = dict(zip(captioned["clip_id"], captioned["caption"], strict=True))
        self._check(len({captions[clip_id] for clip_id in train}), crop_s)
        train, val = self._epochs.train, self._epochs.val
        distinct, index = np.unique([captions[c] for c in (*train, *val)], return_inverse=True)
        self._caption = dict(zip((*train, *val), index.tolist(), strict=True))
        self._texts = torch.from_numpy(reader.encode(distinct.tolist()))
        about = [clip_audio.fingerprint, reader.fingerprint, train, val, distinct.tolist(), index.tolist()]
        self.fingerprint = fingerprint("captioned_crops-1", *about, list(rates_hz), self._samples)

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> dict[str, Tensor]:
        """Training batch of one step: the share of one rank."""
        starts = self._starts(("crop", step), self._epochs.size)
        return self._batch(self._epochs.clips(step)[rank::ranks], starts[rank::ranks])

    def validation(self) -> Iterator[dict[str, Tensor]]:
        """One validation batch: the same crop of each validation clip on every call."""
        yield self._batch(self._epochs.val, self._starts(("validation",), len(self._epochs.val)))

    def _check(self, different: int, crop_s: float) -> None:
        if different < 2 or not self._epochs.val:
            raise ConfigError(
                f"Contrastive training needs at least two different training captions and one captioned validation "
                f"clip; the corpus has {different} and {len(self._epochs.val)}.",
                "Add captions to clips of both splits, at least two different ones, or train without mulan.",
            )
        if self._samples > self._clip_samples:
            raise ConfigError(
                f"A crop of {crop_s} s is longer than a clip of {self._clip_samples / self._rates_hz[0]} s.",
                "Choose a shorter segment.",
            )

    def _starts(self, purpose: tuple[str | int, ...], count: int) -> list[int]:
        return self._epochs.rng(*purpose).integers(self._clip_samples - self._samples + 1, size=count).tolist()

    def _batch(self, clip_ids: Sequence[str], starts: Sequence[int]) -> dict[str, Tensor]:
        crops = [
            to_rate(from_pcm(self._reader.read(clip_id, AUDIO)[start : start + self._samples]), *self._rates_hz)
            for clip_id, start in zip(clip_ids, starts, strict=True)
        ]
        caption = torch.tensor([self._caption[clip_id] for clip_id in clip_ids])
        return {"wave": torch.from_numpy(np.stack(crops)), "text": self._texts[caption], "caption": caption}
