"""One look at a source: where clips begin and end, and which are refused."""

from pathlib import Path

import av
import ffmpeg
import numpy as np
from tests.support.corpus_videos import make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.probe_video import Examined, IngestConfig, examine
from v2meow_pipeline.media.ffmpeg import file_url, run
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)


def looked_at(path: Path, **limits: float) -> Examined:
    source = SourceVideo(source_id=path.stem, path=str(path), corpus="mine")
    return examine(source, IngestConfig.parse(dict(limits)), CLOCK)


def refused(examined: Examined) -> list[tuple[float, str]]:
    return [(refusal.start_s, refusal.reason) for refusal in examined.refusals]


def test_video_a_frame_short_of_a_clip_is_kept(tmp_path: Path) -> None:
    """2 s of 29.97 fps last 1.97 or 2.002 s; losing every such clip would empty a corpus of television."""
    path = make_video(tmp_path / "a.mp4", 59 / (30_000 / 1001), tone(2), fps=30_000 / 1001)
    assert [(clip.start_s, clip.end_s) for clip in looked_at(path).clips] == [(0.0, 2.0)]


def test_silent_stretches_cost_their_clips_only(tmp_path: Path) -> None:
    """A clip's number is its place, not its rank: otherwise a limit changed later would rename every clip."""
    wave = np.concatenate([tone(2), tone(2, level=0), tone(2)])
    examined = looked_at(make_video(tmp_path / "a.mp4", 6, wave))
    assert [clip.number for clip in examined.clips] == [0, 2]
    assert refused(examined) == [(2.0, "silent_audio")]


def test_clips_beyond_the_end_of_the_sound_are_refused(tmp_path: Path) -> None:
    """A soundtrack that stops at half-time would teach silence."""
    examined = looked_at(_with_short_sound(tmp_path))
    assert [clip.number for clip in examined.clips] == [0]
    assert refused(examined) == [(2.0, "audio_shorter"), (4.0, "audio_shorter")]


def test_clips_partly_without_sound_can_be_allowed(tmp_path: Path) -> None:
    examined = looked_at(_with_short_sound(tmp_path), max_av_difference_s=1.5)
    assert [(clip.number, round(clip.av_difference_s, 1)) for clip in examined.clips] == [(0, 0.0), (1, 1.0)]


def test_clipping_is_seen_through_lossy_coding(tmp_path: Path) -> None:
    """AAC turns flat tops into ripples: a search for exact full scale finds next to none of them."""
    clipped = make_video(tmp_path / "clipped.mp4", 2, np.clip(tone(2, level=3.0), -1, 1))
    loud = make_video(tmp_path / "loud.mp4", 2, tone(2, level=0.9))
    assert looked_at(clipped).clips[0].quality.clipped_fraction > 0.01
    assert looked_at(loud).clips[0].quality.clipped_fraction < 0.002
    assert [refusal.reason for refusal in looked_at(clipped, max_clipped_fraction=0.005).refusals] == ["clipped_audio"]


def test_timestamps_a_day_ahead_cost_the_file_and_not_thousands_of_clips(tmp_path: Path) -> None:
    """Catches a small file of which 43,200 clips are cut, each with a look at the file."""
    good, leap = make_video(tmp_path / "good.mp4", 6, tone(6)), tmp_path / "leap.mkv"
    shift = r"setts=ts=if(gt(N\,30)\,TS+86400*1000\,TS)"
    run(ffmpeg.output(ffmpeg.input(file_url(good)), file_url(leap), **{"c": "copy", "bsf:v": shift}))
    examined = looked_at(leap)
    assert not examined.clips and [refusal.reason for refusal in examined.refusals] == ["timestamps"]


def _with_short_sound(folder: Path) -> Path:
    """Six seconds of picture with three seconds of sound."""
    long, short = make_video(folder / "long.mp4", 6, None), make_video(folder / "short.mp4", 3, tone(3))
    path = folder / "a.mp4"
    with av.open(str(long)) as video, av.open(str(short)) as sound, av.open(str(path), "w") as out:
        streams = [video.streams.video[0], sound.streams.audio[0]]
        copies = [out.add_stream_from_template(stream) for stream in streams]
        for stream, copied in zip(streams, copies, strict=True):
            for packet in stream.container.demux(stream):
                if packet.dts is not None:
                    packet.stream = copied
                    out.mux(packet)
    return path
