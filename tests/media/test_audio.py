"""Sound falls on the picture, at any rate, in any number of channels."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.media_makers import add_sound, clicks, make_constant, make_video

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.audio import iter_audio, read_audio, write_wav
from v2meow_pipeline.media.probe import probe

RATE_HZ = 16_000
TIMES_S = (0.6, 1.25, 2.9)


def heard_s(wave: np.ndarray) -> list[float]:
    """When bursts begin."""
    loud = np.abs(wave) > 0.25
    starts = np.flatnonzero(loud & ~np.roll(loud, 1))
    return [start / RATE_HZ for i, start in enumerate(starts) if i == 0 or start - starts[i - 1] > RATE_HZ // 10]


@pytest.fixture(scope="module")
def silent(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_constant(tmp_path_factory.mktemp("audio") / "v.mp4", Fraction(25), 4.0)


@pytest.mark.parametrize(
    ("codec", "suffix", "rate_hz"),
    [
        ("aac", ".mp4", 48_000),
        ("aac", ".mp4", 44_100),
        ("aac", ".mkv", 48_000),
        ("libmp3lame", ".mp4", 48_000),
        ("libopus", ".mkv", 48_000),
        ("pcm_s16le", ".mkv", 192_000),
        ("flac", ".mkv", 8_000),
        ("aac", ".ts", 48_000),
    ],
)
def test_clicks_are_heard_when_they_are_seen(
    silent: Path, tmp_path: Path, codec: str, suffix: str, rate_hz: int
) -> None:
    """Catches the encoder's priming (21 ms and more) left in, and rates mixed up."""
    path = add_sound(silent, clicks(TIMES_S, 4.0, rate_hz), rate_hz, tmp_path / f"a{suffix}", codec)
    wave = read_audio(path, RATE_HZ)
    assert wave.shape == (4 * RATE_HZ,) and wave.dtype == np.float32
    # Transport streams keep the priming, as every player does; Matroska rounds to a millisecond.
    assert heard_s(wave) == pytest.approx(TIMES_S, abs=0.03 if suffix == ".ts" else 0.002)


def test_a_window_is_the_same_as_that_part_of_the_whole(silent: Path, tmp_path: Path) -> None:
    """Catches a seek that shifts what is read."""
    video = make_constant(tmp_path / "v.mp4", Fraction(5), 30.0, size=(32, 32))
    noise = np.random.default_rng(0).normal(0, 0.1, 30 * 48_000).astype(np.float32)
    path = add_sound(video, noise, 48_000, tmp_path / "a.mp4", "flac", strict="-2")
    whole, part = read_audio(path, 48_000), read_audio(path, 48_000, 17.25, 3.5)
    assert np.array_equal(whole[828_000:996_000], part)


def test_late_sound_and_late_picture_keep_their_offset(silent: Path, tmp_path: Path) -> None:
    """Catches streams that are both moved to zero: sound 0.5 s late, then picture 0.5 s late."""
    import ffmpeg

    from v2meow_pipeline.media.ffmpeg import file_url, run

    whole = add_sound(silent, clicks(TIMES_S, 4.0, 48_000), 48_000, tmp_path / "w.mkv", "flac")
    for late, shift in (("a", 0.5), ("v", -0.5)):
        path = tmp_path / f"{late}.mkv"
        on_time, delayed = ffmpeg.input(file_url(whole)), ffmpeg.input(file_url(whole), itsoffset=0.5)
        video, sound = (on_time["v"], delayed["a"]) if late == "a" else (delayed["v"], on_time["a"])
        run(ffmpeg.output(video, sound, file_url(path), c="copy"))
        expected = [time_s + shift for time_s in TIMES_S if 0 < time_s + shift < 4.0]
        assert heard_s(read_audio(path, RATE_HZ)) == pytest.approx(expected, abs=0.002)


def test_sound_shorter_than_video_is_followed_by_silence(silent: Path, tmp_path: Path) -> None:
    """Catches an array shorter than the picture."""
    path = add_sound(silent, clicks((0.5,), 1.0, 48_000), 48_000, tmp_path / "a.mp4")
    wave = read_audio(path, RATE_HZ)
    assert len(wave) == 64_000 and not wave[17_600:].any() and wave.any()
    assert not read_audio(path, RATE_HZ, 2.0, 1.5).any()
    assert len(read_audio(path, RATE_HZ, 3.0, 5.0)) == 80_000


@pytest.mark.parametrize(("codec", "suffix"), [("pcm_s16le", ".mkv"), ("pcm_f32le", ".mkv")])
def test_eight_channels_are_mixed_at_one_level(silent: Path, tmp_path: Path, codec: str, suffix: str) -> None:
    """Catches a mix that clips, or whose gain depends on the sample format (ffmpeg's own: 3 dB)."""
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(4 * 48_000) / 48_000)
    path = add_sound(silent, np.repeat(tone[:, None], 8, axis=1), 48_000, tmp_path / f"a{suffix}", codec)
    assert np.abs(read_audio(path, RATE_HZ)).max() == pytest.approx(0.5, abs=0.01)
    assert read_audio(path, RATE_HZ, mono=False).shape == (64_000, 8)


def test_stereo_channels_stay_apart(silent: Path, tmp_path: Path) -> None:
    """Catches a transposed array."""
    wave = np.stack([clicks((1.0,), 4.0, 48_000), clicks((2.0,), 4.0, 48_000)], axis=1)
    path = add_sound(silent, wave, 48_000, tmp_path / "a.mp4")
    left, right = read_audio(path, RATE_HZ, mono=False).T
    assert heard_s(left) == pytest.approx([1.0], abs=0.002)
    assert heard_s(right) == pytest.approx([2.0], abs=0.002)


def test_no_sound_and_sound_alone(silent: Path, tmp_path: Path) -> None:
    """Catches zeros handed out where there is nothing to hear; a WAV has no picture and is read all the same."""
    with pytest.raises(MediaError) as caught:
        read_audio(silent, RATE_HZ)
    assert caught.value.reason == "no_audio"
    write_wav(tmp_path / "a.wav", clicks((0.5,), 1.5, RATE_HZ), RATE_HZ)
    wave = read_audio(tmp_path / "a.wav", RATE_HZ)
    assert len(wave) == 24_000 and heard_s(wave) == pytest.approx([0.5], abs=0.001)


def test_sound_of_an_edited_video_follows_the_cut(tmp_path: Path) -> None:
    """Catches sound that starts at the keyframe before the cut, which is in the file but not shown."""
    import ffmpeg

    from v2meow_pipeline.media.ffmpeg import file_url, run

    video = make_constant(tmp_path / "v.mp4", Fraction(25), 8.0, options={"g": "100"})
    whole = add_sound(video, clicks((4.0,), 8.0, 48_000), 48_000, tmp_path / "w.mp4")
    path = make_video(tmp_path / "x.mp4", [0, 1], Fraction(1, 25))
    run(ffmpeg.output(ffmpeg.input(file_url(whole), ss=3.0), file_url(path), c="copy"))
    assert heard_s(read_audio(path, RATE_HZ)) == pytest.approx([1.0], abs=0.025)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rate_hz=st.sampled_from([8000, 16_000, 44_100]), count=st.integers(1, 20_000), channels=st.integers(1, 3))
def test_wav_round_trip(tmp_path: Path, rate_hz: int, count: int, channels: int) -> None:
    """Catches a lost sample, a swapped axis, or more than half a step of rounding."""
    wave = np.random.default_rng(count).uniform(-1, 1, (count, channels)).astype(np.float32)
    write_wav(tmp_path / "a.wav", wave, rate_hz)
    back, back_hz = soundfile.read(tmp_path / "a.wav", always_2d=True)
    assert back_hz == rate_hz and back.shape == wave.shape
    assert np.abs(back - wave).max() <= 1.01 / 32768
    assert read_audio(tmp_path / "a.wav", rate_hz, mono=False).shape == wave.shape


@pytest.mark.parametrize(("suffix", "codec"), [(".mp4", "aac"), (".mkv", "flac"), (".avi", "libmp3lame")])
def test_one_pass_gives_what_single_reads_give(tmp_path: Path, suffix: str, codec: str) -> None:
    """Catches stretches that slip against each other, and sound that is lost at their borders."""
    wave = 0.3 * np.random.default_rng(0).standard_normal(6 * RATE_HZ).astype(np.float32)
    silent = make_constant(tmp_path / "silent.mp4", Fraction(25), 8.0)
    path = add_sound(silent, wave, RATE_HZ, tmp_path / f"sound{suffix}", codec)
    spans = [(0.0, 1.5), (1.5, 1.5), (2.0, 3.0), (5.0, 2.0), (7.5, 1.0)]
    info = probe(path)
    once = list(iter_audio(path, RATE_HZ, info.start_s, spans))
    for (start_s, length_s), got in zip(spans, once, strict=True):
        alone = read_audio(path, RATE_HZ, start_s, length_s)
        assert got.shape == alone.shape
        np.testing.assert_allclose(got, alone, atol=2e-3)
    assert not once[-1].any() and once[0].std() > 0.2
