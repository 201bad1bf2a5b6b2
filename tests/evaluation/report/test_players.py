"""What is played: in time, from every genre, and without what cannot be read."""

import io
import logging
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.report.config import ReportConfig
from v2meow_pipeline.evaluation.report.players import draw_strip, encode_sound, make_players
from v2meow_pipeline.evaluation.report.selection import ReportClips, choose_report_clips
from v2meow_pipeline.metrics.controls import click_track

RATE_HZ = Clock().sample_rate_hz


def test_sound_keeps_its_time() -> None:
    """Catches an encoder's delay, by which every beat would come after its cut."""
    wave = click_track(60, 4 * RATE_HZ, RATE_HZ)
    sound = encode_sound(wave, RATE_HZ, 0.5)
    with av.open(io.BytesIO(sound.mp3)) as container:
        heard = np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])
    assert abs(len(heard) - len(wave)) < RATE_HZ // 50
    for second in (1, 2, 3):
        around = slice(round((second - 0.3) * RATE_HZ), round((second + 0.3) * RATE_HZ))
        assert abs(int(np.abs(heard[around]).argmax()) - int(np.abs(wave[around]).argmax())) < RATE_HZ // 100
    assert len(sound.mp3) < 30_000


def test_silence_and_short_sound_have_a_picture() -> None:
    """Catches the logarithm of nothing, and a wave shorter than a window."""
    for wave in (np.zeros(RATE_HZ, np.float32), np.ones(10, np.float32)):
        assert draw_strip(wave, RATE_HZ)[8:12] == b"WEBP"
    assert encode_sound(np.zeros(RATE_HZ, np.float32), RATE_HZ, 0.5).beats_s == []


def test_a_video_that_cannot_be_read_leaves_its_sound(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Catches a report that fails after hours of evaluation for one broken file."""
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"nothing" * 100)
    facts = pd.DataFrame({"clip_id": ["a"], "split": "s", "genre": None, "caption": None, "path": str(broken)})
    facts["start_s"], facts["end_s"] = 0.0, 1.0
    shown = ReportClips(facts, {"v2meow": AudioSet.of_waves(["a"], [click_track(120, RATE_HZ, RATE_HZ)])})
    with caplog.at_level(logging.WARNING):
        (player,) = make_players(shown, Clock(), ReportConfig(workers=1))
    assert (player.video, player.picture, player.genre) == (b"", None, "")
    assert player.sounds["v2meow"].mp3 and "broken.mp4" in caplog.text


def test_every_genre_is_played_before_one_is_twice() -> None:
    """Catches a dozen clips that are all of the first genre."""
    clips = pd.DataFrame({"clip_id": list("abcdef"), "genre": ["x", "x", "x", "y", None, "y"], "split": "s"})
    systems = {"v2meow": AudioSet.of_waves(list("abcdef"), [np.full(1, i, np.float32) for i in range(6)])}
    shown = choose_report_clips(clips, systems, 3)
    assert list(shown.facts["clip_id"]) == ["a", "d", "e"]
    assert [float(wave[0]) for wave in shown.systems["v2meow"].waves()] == [0, 3, 4]
    assert (
        len(choose_report_clips(clips, systems, 99).facts) == 6 and choose_report_clips(clips, systems, 0).facts.empty
    )
