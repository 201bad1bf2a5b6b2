"""The sound of clips as 16-bit PCM."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.corpus_videos import RATE_HZ, make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.audio import write_clip_audio
from v2meow_pipeline.corpus.clip_audio import contents_of, from_pcm, to_pcm
from v2meow_pipeline.corpus.record import manifest_table
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.parallel import SERIAL


@given(st.integers(-32767, 32767))
def test_pcm_round_trip_is_exact(sample: int) -> None:
    pcm = np.array([sample], np.int16)
    assert to_pcm(from_pcm(pcm)) == pcm


def test_loud_samples_are_clipped_and_do_not_wrap() -> None:
    """1.2 cast to int16 without clipping is a loud click of the other sign."""
    assert to_pcm(np.array([1.2, -1.2, 1.0, -1.0])).tolist() == [32767, -32767, 32767, -32767]


def rows(path: Path) -> pd.DataFrame:
    starts = (2.0, 0.0)
    return manifest_table(
        {"clip_id": f"a-{i}", "path": str(path), "start_s": start_s, "sha256": "f" * 64, "width": 1, "height": 1}
        | {"audio_rate_hz": RATE_HZ}
        for i, start_s in enumerate(starts)
    )


def test_clips_are_cut_where_the_manifest_says(tmp_path: Path) -> None:
    path = make_video(tmp_path / "a.mp4", 4, np.concatenate([tone(2, level=0.1), tone(2, level=0.5)]))
    manifest = rows(path)
    reader = ShardReader(write_clip_audio(manifest, Clock(clip_s=2.0), tmp_path / "audio", SERIAL))
    loud, quiet = (np.abs(from_pcm(reader.read(clip, "audio")))[RATE_HZ // 2 :].max() for clip in ("a-0", "a-1"))
    assert loud == pytest.approx(0.5, abs=0.06) and quiet == pytest.approx(0.1, abs=0.03)
    assert len(set(contents_of(manifest))) == 2
