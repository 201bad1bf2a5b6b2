"""A joint space is judged on clips of any split."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import AUDIO
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.components.retrieval import (
    Captioned,
    clips_of_split,
    report_rows,
    retrieval_report,
    synthetic_clips,
)
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.synthetic.plan import HELD_OUT_CELLS, ClipCounts, SyntheticConfig, plan_clips

CLOCK = Clock(clip_s=1.0)


class Loudness:
    """A joint space of one thing: how loud a sound is, and how many letters a text has."""

    name, width, fingerprint = "loudness", 2, "loudness-1"

    def embed_audio(self, waves: np.ndarray, sample_rate_hz: int) -> np.ndarray:
        return self._circle(np.array([np.abs(wave).max() for wave in waves]))

    def embed_text(self, texts: Sequence[str]) -> np.ndarray:
        return self._circle(np.array([len(text) / 10 for text in texts]))

    def _circle(self, angle: np.ndarray) -> np.ndarray:
        return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def test_clips_find_their_own_captions() -> None:
    """Catches captions that are sorted while the clips are not."""
    captions = ["xxxxx", "x", "xxx", "x"]
    waves = np.ones((4, 10), np.float32) * np.array([[len(c) / 10] for c in captions], np.float32)
    report = retrieval_report(Loudness(), Captioned(waves, captions, 100), 0)
    assert report.audio_to_text.recall[1].value == report.text_to_audio.recall[1].value == 1
    first, second = report_rows("loudness", report)
    assert (first["direction"], first["n_queries"], first["n_items"]) == ("audio_to_text", 4, 3)
    assert (second["n_queries"], second["n_items"]) == (3, 4)
    assert first["recall_at_1_chance"] == pytest.approx(1 / 3) and first["matched_cosine"] == pytest.approx(1)


def test_one_caption_for_all_is_refused() -> None:
    """Catches a perfect score for telling nothing apart."""
    with pytest.raises(ConfigError, match="at least two different captions"):
        retrieval_report(Loudness(), Captioned(np.ones((2, 9), np.float32), ["a", "a"], 100), 0)


def test_a_split_gives_its_captioned_clips(tmp_path: Path) -> None:
    """Catches clips of other splits, and missing captions read as the text None."""
    ids = ["a", "b", "c", "d"]
    pcm = np.arange(4, dtype=np.int16)[:, None] * np.ones(100, np.int16)
    fill(ShardWriter(tmp_path / "audio", ids, "audio-1"), lambda shard: {AUDIO: pcm}, SERIAL, "audio")
    splits, captions = ["train", "test-combo", "test-combo", "test-combo"], ["1", "2", None, "4"]
    manifest = pd.DataFrame({"clip_id": ids, "split": splits, "caption": captions})
    clips = clips_of_split(manifest, ShardReader(tmp_path / "audio"), CLOCK, "test-combo")
    assert list(clips.captions) == ["2", "4"]
    np.testing.assert_allclose(clips.waves[:, 0] * 32767, [1, 3], atol=1e-3)


def test_synthetic_clips_are_of_combinations_never_trained_on() -> None:
    """Catches a held-out set that is not held out."""
    clips = synthetic_clips("test-combo", 3, CLOCK)
    assert clips.waves.shape == (3, CLOCK.clip_samples) and np.abs(clips.waves).max() <= 1
    assert np.abs(clips.waves).max(axis=1).min() > 0.01 and len(set(clips.captions)) == 3
    none = dict.fromkeys(ClipCounts.model_fields, 0)
    plans = plan_clips(SyntheticConfig(clips=ClipCounts(**{**none, "train": 24})))
    assert not any(plan.cells() & HELD_OUT_CELLS for plan in plans)
