"""What a video holds beside picture and sound: kept where the output can hold it, named where not."""

import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from tests.support.media_makers import make_constant, make_video

from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.ffmpeg import find_ffmpeg
from v2meow_pipeline.media.mux import mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.origin import COMMENT
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.repair_timestamps import with_continuous_timestamps

RATE_HZ = 16_000
WAVE = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)
CHAPTER = "[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=one\n"


def ffmpeg(*words: str | Path) -> None:
    subprocess.run([find_ffmpeg(), "-v", "error", *map(str, words)], check=True)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two sound tracks, the first silent and the second the default, subtitles, a chapter, a title and a comment."""
    folder = tmp_path_factory.mktemp("rich")
    (folder / "s.srt").write_text("1\n00:00:00,500 --> 00:00:02,000\nhello\n")
    (folder / "tags.txt").write_text(f";FFMETADATA1\ntitle=mine\ncomment=by me\n{CHAPTER}")
    made = ("testsrc2=size=64x64:rate=25:duration=3", "anullsrc=r=48000:cl=stereo:d=3", "sine=frequency=440:duration=3")
    files = [word for source in made for word in ("-f", "lavfi", "-i", source)]
    maps = [word for stream in "0123" for word in ("-map", stream)]
    codecs = ("-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", "-c:s", "srt", "-metadata:s:s:0", "language=fra")
    default = ("-disposition:a:0", "0", "-disposition:a:1", "default", "-map_metadata", "4")
    target = folder / "rich.mkv"
    ffmpeg(*files, "-i", folder / "s.srt", "-i", folder / "tags.txt", *maps, *codecs, *default, target)
    return target


def subtitles(path: Path) -> list[tuple[str, str | None, float]]:
    """Codec, language and time in seconds of each subtitle that says hello."""
    with av.open(str(path)) as container:
        return [
            (stream.codec_context.codec.canonical_name, stream.language, float(packet.pts * packet.time_base))
            for stream in container.streams.subtitles
            for packet in container.demux(stream)
            if b"hello" in bytes(packet)
        ]


def test_the_track_that_a_player_plays_is_the_one_that_is_kept(rich: Path, tmp_path: Path) -> None:
    """Catches the first track, though another is marked as the default."""
    config = MuxConfig(original_gain_db=0.0, loudness_lufs=None)
    report = mux_soundtrack(rich, np.zeros(48_000, np.float32), RATE_HZ, tmp_path / "out.mp4", config)
    assert np.abs(read_audio(tmp_path / "out.mp4", RATE_HZ)).max() > 0.05
    assert report.notes == ("The original sound in the mix is track 2 of 2.",)


def test_an_original_sound_that_cannot_be_heard_is_told(tmp_path: Path) -> None:
    """Catches --keep-original that has no effect, without a word."""
    video, config = make_constant(tmp_path / "v.mp4", Fraction(25), 2.0), MuxConfig(original_gain_db=0.0)
    first = mux_soundtrack(video, np.zeros(16_000, np.float32), RATE_HZ, tmp_path / "silent.mp4", config)
    assert first.notes == ("The video has no original sound to keep.",)
    second = mux_soundtrack(tmp_path / "silent.mp4", WAVE, RATE_HZ, tmp_path / "out.mp4", config)
    assert second.notes == ("The original sound is silent.",)


@pytest.mark.parametrize(
    ("suffix", "codec"), [(".mkv", "subrip"), (".mp4", "mov_text"), (".mov", "mov_text"), (".webm", "webvtt")]
)
def test_subtitles_chapters_and_tags_are_kept(rich: Path, tmp_path: Path, suffix: str, codec: str) -> None:
    """Catches subtitles that vanish, move or lose their language, and chapters and a title that are dropped."""
    output = tmp_path / f"out{suffix}"
    report = mux_soundtrack(rich, WAVE, RATE_HZ, output, MuxConfig(encode="av1" if suffix == ".webm" else "copy"))
    assert report.left_out == ("1 further audio track",)
    assert subtitles(output) == [(codec, "fra", pytest.approx(0.5, abs=0.01))]
    with av.open(str(output)) as container:
        assert [chapter["metadata"]["title"] for chapter in container.chapters()] == ["one"]
        assert (container.metadata.get("title") or container.metadata.get("TITLE")) == "mine"
    again = mux_soundtrack(output, WAVE, RATE_HZ, tmp_path / "again.mkv")
    assert not again.left_out and len(subtitles(tmp_path / "again.mkv")) == 1


def test_subtitles_stay_with_a_picture_that_begins_late(rich: Path, tmp_path: Path) -> None:
    """Catches subtitles that are shown earlier or later than in the source."""
    late = tmp_path / "late.mkv"
    ffmpeg("-itsoffset", "1.5", "-i", rich, "-map", "0", "-c", "copy", "-copyts", late)
    assert probe(late).start_s == pytest.approx(1.5) and subtitles(late)[0][2] == pytest.approx(2.0)
    mux_soundtrack(late, WAVE, RATE_HZ, tmp_path / "out.mkv")
    assert probe(tmp_path / "out.mkv").start_s == pytest.approx(0.0, abs=0.01)
    assert subtitles(tmp_path / "out.mkv")[0][2] == pytest.approx(0.5, abs=0.01)


def test_subtitles_before_a_picture_that_begins_late_do_not_shift_it(rich: Path, tmp_path: Path) -> None:
    """Catches times below zero, for which a container moves everything else."""
    late = tmp_path / "late.mkv"
    maps = ("-map", "0:v", "-map", "1:a", "-map", "1:s", "-c", "copy", "-copyts")
    ffmpeg("-itsoffset", "1.5", "-i", rich, "-i", rich, *maps, late)
    report = mux_soundtrack(late, WAVE, RATE_HZ, tmp_path / "out.mkv")
    assert report.frames == 75 and probe(tmp_path / "out.mkv").start_s == pytest.approx(0.0, abs=0.01)


def test_what_is_left_out_is_said_and_comments_stay(rich: Path, tmp_path: Path) -> None:
    """Catches tracks and cover art that vanish without a word, and somebody's comment that is overwritten."""
    Image.new("RGB", (32, 32)).save(tmp_path / "cover.png")
    covered, maps = tmp_path / "covered.mp4", ("-map", "0:v", "-map", "0:a", "-map", "1")
    files = ("-i", rich, "-i", tmp_path / "cover.png")
    ffmpeg(*files, *maps, "-c", "copy", "-disposition:v:1", "attached_pic", covered)
    report = mux_soundtrack(covered, WAVE, RATE_HZ, tmp_path / "out.mkv")
    assert set(report.left_out) == {"1 further audio track", "1 cover picture"}
    assert probe(tmp_path / "out.mkv").comment == f"by me; {COMMENT}"
    again = mux_soundtrack(tmp_path / "out.mkv", WAVE, RATE_HZ, tmp_path / "again.mkv")
    assert not again.left_out and probe(tmp_path / "again.mkv").comment == f"by me; {COMMENT}"


def test_subtitles_that_cannot_be_written_cost_themselves_only(
    rich: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a soundtrack that is lost after the whole computation for the sake of a damaged subtitle."""
    # An encoder of pictures, which fails on text.
    wrong = TARGETS[".mkv"]._replace(subtitle_encoder="dvdsub", subtitle_codecs=frozenset())
    monkeypatch.setitem(TARGETS, ".mkv", wrong)
    report = mux_soundtrack(rich, WAVE, RATE_HZ, tmp_path / "out.mkv")
    assert report.left_out == ("1 further audio track", "1 subtitle track") and report.frames == 75


def test_a_copy_with_repaired_timestamps_has_the_comment(rich: Path, tmp_path: Path) -> None:
    """Catches a comment that is lost with the timestamps that jump."""
    jump = tmp_path / "jump.mkv"
    ffmpeg("-i", rich, "-c", "copy", "-bsf:v", r"setts=ts=if(gt(N\,30)\,TS+86400*1000\,TS)", jump)
    with with_continuous_timestamps(jump) as copy:
        assert copy != jump and probe(copy).comment == "by me"


def test_streams_that_a_repaired_copy_lacks_are_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Catches joined recordings whose subtitles vanish without a word."""
    (tmp_path / "s.srt").write_text("1\n00:00:00,500 --> 00:00:02,000\nhello\n")
    leap = make_video(
        tmp_path / "leap.mkv", [40 * i + (86_400_000 if i >= 50 else 0) for i in range(100)], Fraction(1, 1000)
    )
    ffmpeg("-i", leap, "-i", tmp_path / "s.srt", "-map", "0", "-map", "1", "-c", "copy", tmp_path / "both.mkv")
    with with_continuous_timestamps(tmp_path / "both.mkv"):
        pass
    assert "Left out of the repaired copy: 1 subtitle track." in caplog.text
    caplog.clear()
    with with_continuous_timestamps(leap):
        pass
    assert caplog.text == ""
