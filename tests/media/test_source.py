"""Every kind of bad input is refused with its reason, on one line, and without hanging."""

import os
import stat
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from tests.support.media_makers import make_constant, make_video

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.audio import read_audio, write_wav
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.source import display_name, open_media

HOSTILE_NAMES = (
    "with spaces and 'quotes\".mp4",
    "two\nlines.mp4",
    "-leading-dash.mp4",
    "emoji 🎵 und Ümlaut.mp4",
    "http:colon%03d [1] $(touch x).mp4",
    "concat:a|b.mp4",
)


def reason_of(path: Path) -> str:
    with pytest.raises(MediaError) as caught:
        probe(path)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return caught.value.reason


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_hostile_names_open(name: str, tmp_path: Path) -> None:
    """Catches names that ffmpeg reads as options, patterns or protocols."""
    path = make_constant(tmp_path / "plain.mp4", Fraction(25), 1.0).rename(tmp_path / name)
    assert probe(path).duration_s == pytest.approx(1.0)


def test_names_are_shown_on_one_line(tmp_path: Path) -> None:
    """Catches a message that a newline, or a byte that is not UTF-8, tears apart."""
    assert display_name(Path("a\nb\udcff🎵")) == "a\\nb\\udcff🎵"
    assert reason_of(tmp_path / "no\nsuch.mp4") == "missing"


def test_missing_empty_folder_and_address(tmp_path: Path) -> None:
    """Catches one message for four mistakes."""
    (tmp_path / "empty.mp4").touch()
    assert reason_of(tmp_path / "missing.mp4") == "missing"
    assert reason_of(tmp_path / "empty.mp4") == "empty"
    assert reason_of(tmp_path) == "directory"
    assert reason_of(Path("https://example.org/video.mp4")) == "url"
    assert reason_of(Path("rtsp://example.org/live")) == "url"
    assert reason_of(tmp_path / ("x" * 300)) == "unreadable"


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    """Catches a hang for ever."""
    os.mkfifo(tmp_path / "pipe.mp4")
    assert reason_of(tmp_path / "pipe.mp4") == "special_file"
    assert reason_of(Path("/dev/zero")) == "special_file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything; the FIFO test stands in")
def test_unreadable(tmp_path: Path) -> None:
    """Catches a traceback for missing permissions."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 1.0)
    path.chmod(stat.S_IWUSR)
    assert reason_of(path) == "unreadable"


def test_unreadable_is_told_apart_even_for_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As above, where the tests run as root."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 1.0)
    monkeypatch.setattr(os, "access", lambda *_: False)
    assert reason_of(path) == "unreadable"


@pytest.mark.parametrize("text", ["Dear diary, " * 100, "a,b\n1,2\n" * 50, "\x00" * 5000, "{}", "<html>" * 99])
def test_text_renamed_is_not_media(text: str, tmp_path: Path) -> None:
    """Catches a demuxer that guesses by suffix."""
    (tmp_path / "text.mp4").write_text(text)
    assert reason_of(tmp_path / "text.mp4") == "not_media"


def test_random_bytes_are_not_media(tmp_path: Path) -> None:
    """Catches a demuxer for raw data that accepts anything."""
    for seed in range(8):
        (tmp_path / "noise.mp4").write_bytes(np.random.default_rng(seed).bytes(20_000))
        assert reason_of(tmp_path / "noise.mp4") in ("not_media", "no_video", "undecodable")


@pytest.mark.parametrize(
    "text",
    [
        "#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nsecret.ts\n#EXT-X-ENDLIST\n",
        "\ufeff#EXTM3U\nhttp://127.0.0.1:9/x.ts\n",
        "ffconcat version 1.0\nfile 'secret.mp4'\n",
        "file 'secret.mp4'\nfile 'other.mp4'\n",
        "file /etc/passwd\n",
        '<?xml version="1.0"?>\n<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"></MPD>',
        "v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
        "[playlist]\nFile1=secret.mp4\n",
        "https://example.org/video.mp4\n",
    ],
)
def test_playlists_posing_as_video_are_refused(text: str, tmp_path: Path) -> None:
    """Catches a list through which a stranger reads other files of this machine, or has it call out."""
    make_constant(tmp_path / "secret.mp4", Fraction(25), 1.0)
    (tmp_path / "video.mp4").write_text(text, encoding="utf-8")
    assert reason_of(tmp_path / "video.mp4") == "playlist"


def test_a_playlist_behind_other_bytes_is_still_not_opened(tmp_path: Path) -> None:
    """Catches reliance on the first bytes alone: no playlist demuxer is on the list of those allowed."""
    make_constant(tmp_path / "secret.mp4", Fraction(25), 1.0)
    (tmp_path / "video.mp4").write_text("# a comment first\nfile 'secret.mp4'\n" * 3)
    assert reason_of(tmp_path / "video.mp4") in ("playlist", "not_media")
    (tmp_path / "image%03d.mp4").write_text("x")
    assert reason_of(tmp_path / "image%03d.mp4") == "not_media"


def test_pictures_and_sound_are_not_video(tmp_path: Path) -> None:
    """Catches a still image taken for a video, and cover art for moving pictures."""
    import cv2

    cv2.imwrite(str(tmp_path / "still.png"), np.zeros((64, 64, 3), np.uint8))
    (tmp_path / "still.png").rename(tmp_path / "still.mp4")
    assert reason_of(tmp_path / "still.mp4") == "picture"
    write_wav(tmp_path / "sound.wav", np.zeros(16_000), 16_000)
    assert reason_of(tmp_path / "sound.wav") == "no_video"


def test_truncated_files_are_refused(tmp_path: Path) -> None:
    """Catches half a download soundtracked as if it were whole, index last, index first and Matroska."""
    whole = make_constant(tmp_path / "v.mp4", Fraction(25), 4.0).read_bytes()
    first = make_constant(
        tmp_path / "f.mp4", Fraction(25), 4.0, container_options={"movflags": "+faststart"}
    ).read_bytes()
    mkv = make_constant(tmp_path / "v.mkv", Fraction(25), 4.0).read_bytes()
    for name, data in (("a.mp4", whole), ("b.mp4", first), ("c.mkv", mkv)):
        for share in (0.999, 0.9, 0.6, 0.3):
            (tmp_path / name).write_bytes(data[: int(len(data) * share)])
            assert reason_of(tmp_path / name) == "truncated", (name, share)


def test_any_truncation_ends_in_a_media_error_or_a_video(tmp_path: Path) -> None:
    """Catches a crash or a hang at an unlucky length; a TS has no length and is read as far as it goes."""
    for suffix in (".mp4", ".mkv", ".avi", ".ts"):
        data = make_constant(tmp_path / f"v{suffix}", Fraction(25), 2.0, options={"bf": "0"}).read_bytes()
        for length in np.geomspace(1, len(data) - 1, 12).astype(int):
            (tmp_path / f"cut{suffix}").write_bytes(data[:length])
            try:
                assert probe(tmp_path / f"cut{suffix}").duration_s > 0
            except MediaError as error:
                assert error.reason in ("truncated", "not_media", "no_video", "undecodable", "one_frame")


def test_flipped_bytes_never_crash(tmp_path: Path) -> None:
    """Catches an exception of PyAV that is not translated."""
    data = make_constant(tmp_path / "v.mp4", Fraction(25), 1.0).read_bytes()
    rng = np.random.default_rng(3)
    for _ in range(40):
        bad = np.frombuffer(data, np.uint8).copy()
        places = rng.integers(0, len(bad), 20)
        bad[places] = rng.integers(0, 256, 20)
        (tmp_path / "bad.mp4").write_bytes(bad.tobytes())
        try:
            probe(tmp_path / "bad.mp4")
        except MediaError as error:
            assert "\n" not in str(error)


def test_one_frame_and_no_time_between_frames(tmp_path: Path) -> None:
    """Catches a division by zero further on."""
    one = make_video(tmp_path / "one.mp4", [0], Fraction(1, 25))
    assert reason_of(one) == "one_frame"
    path = make_constant(tmp_path / "zero.mp4", Fraction(25), 1.0, options={"bf": "0"})
    data = bytearray(path.read_bytes())
    entry = data.index(b"stts") + 12  # after version and count: samples, delta
    data[entry + 4 : entry + 8] = bytes(4)
    path.write_bytes(data)
    assert reason_of(path) == "no_frame_rate"


def test_an_open_file_is_closed(tmp_path: Path) -> None:
    """Catches descriptors that run out in a corpus of thousands."""
    path = make_constant(tmp_path / "v.mp4", Fraction(25), 1.0)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with open_media(path):
            pass
        probe(path)
        with pytest.raises(MediaError):
            read_audio(path, 16_000)
    assert len(list(Path("/proc/self/fd").iterdir())) <= before
