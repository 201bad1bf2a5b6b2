"""Muxing of a soundtrack into a video, by default without re-encoding the video stream."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.atomic import atomic_path, temporary_path
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.containers import (
    ENCODE_HINT,
    SAMPLE_RATE_HZ,
    SOUND_TARGETS,
    Target,
    is_sound,
    target_for,
)
from v2meow_pipeline.media.ffmpeg import DISK_REMEDY
from v2meow_pipeline.media.further_streams import counted, kept_subtitles
from v2meow_pipeline.media.loudness import SILENCE_LUFS, loudness_lufs
from v2meow_pipeline.media.mixing import finish_sound, original_notes
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.origin import Origin, add_origin
from v2meow_pipeline.media.picture_check import check_picture, require_no_mismatch
from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.remux import Picture, Sound, copy_with_sound, write_sound_file
from v2meow_pipeline.media.scan import StreamScan, scan
from v2meow_pipeline.media.sound import timed_frames
from v2meow_pipeline.media.source import audio_stream, display_name, open_media

TRIED_FRAMES = 25
PICTURE_TOLERANCE_S = 0.002  # Matroska rounds timestamps to a millisecond


class MuxReport(NamedTuple):
    """Properties of a written video.

    Attributes:
        frames: number of video frames, equal to the source's.
        video_s: duration of the video stream, seconds.
        audio_s: duration of the audio stream, seconds.
        loudness_lufs: integrated loudness of the audio before encoding, LUFS; -inf for silence.
        target_lufs: target loudness, LUFS; None if the loudness was to stay unchanged.
        left_out: descriptions of the source streams that the output lacks.
        notes: sentences about the original audio in the mix.
    """

    frames: int
    video_s: float
    audio_s: float
    loudness_lufs: float
    target_lufs: float | None = None
    left_out: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def misses_target(self) -> bool:
        """Whether the loudness deviates from the target by more than 1 LU, as with silence or isolated peaks."""
        return self.target_lufs is not None and abs(self.loudness_lufs - self.target_lufs) > 1.0

    @property
    def loudness_note(self) -> str | None:
        """A sentence on a missed target loudness; None if it was reached."""
        if not self.misses_target:
            return None
        if self.loudness_lufs == -math.inf:
            return f"The loudness is below {SILENCE_LUFS:.0f} LUFS: the audio is silent or nearly so."
        wanted = f"{self.loudness_lufs:.1f} LUFS, not {self.target_lufs:.1f}"
        return f"The loudness is {wanted}: a higher gain would clip or compress the loudest moments."


def mux_soundtrack(
    video: Path,
    wave: np.ndarray,
    sample_rate_hz: int,
    output: Path,
    config: MuxConfig | None = None,
    overwrite: bool = True,
    origin: Origin | None = None,
) -> MuxReport:
    """Writes a copy of a video with its audio replaced, or the audio alone if the output is an audio file.

    The video stream is copied packet by packet. Chapters, tags, and the subtitles that the container can hold are kept;
    `left_out` of the report names all other streams. The audio starts with the first frame and is padded with silence,
    or cut, to the end of the last frame. The output is verified before it gets its final name, so a failure leaves an
    existing file unchanged.

    Args:
        video: local video file.
        wave: float [n] or [n, channel], full scale 1; sample 0 coincides with the first frame.
        sample_rate_hz: sample rate of `wave`, Hz.
        output: output file; its suffix selects the container.
        config: mixing and encoding settings; None for the defaults.
        overwrite: whether to replace an output that exists when writing ends.
        origin: origin of the music, for the comment in the metadata.

    Returns:
        Properties of the output.

    Raises:
        MediaError: reasons "same_file", "suffix", "disk_full", "unwritable", "ffmpeg_failed", "mux_mismatch", and those
            of `probe`.
    """
    config = config or MuxConfig()
    info, source = probe(video), scan(video, "video")
    target = SOUND_TARGETS[output.suffix.lower()] if is_sound(output) else _target(info, output, config)
    if output.exists() and video.samefile(output):
        raise MediaError("same_file", f"{display_name(output)} is the source itself.", "Choose another output file.")
    mixed = finish_sound(video, wave, sample_rate_hz, source.duration_s, config)
    try:
        with atomic_path(output, exclusive=not overwrite) as partial:
            sound = Sound(mixed, SAMPLE_RATE_HZ, config.audio_kbps)
            if is_sound(output):
                report = _write_sound(sound, partial, target, add_origin("", origin), source, config)
            else:
                report = _write_video(info, source, sound, partial, target, add_origin(info.comment, origin), config)
            notes = original_notes(info, source.duration_s, config)
            return report._replace(target_lufs=config.loudness_lufs, notes=notes)
    except OSError as error:
        problem = f"{display_name(output)} cannot be written: {error.strerror}."
        raise MediaError("unwritable", problem, f"Check the folder and its permissions. {DISK_REMEDY}") from error


def _write_video(
    info: VideoInfo,
    source: StreamScan,
    sound: Sound,
    output: Path,
    target: Target,
    comment: str,
    config: MuxConfig,
) -> MuxReport:
    """Writes the video with its new audio, and verifies it; subtitles that make this fail are left out."""
    kept = kept_subtitles(info.subtitles, target)
    try:
        copy_with_sound(_picture(info, source, kept), sound, output, target, comment, config.encode)
        # Encoders give the last frame the duration of another one, which varies in a recording.
        longest_s = max(source.packet_s, source.gap_s, 1 / info.video_fps)
        tolerance_s = PICTURE_TOLERANCE_S if config.encode == "copy" else longest_s
        report = _verified(info, source, sound.wave, output, tolerance_s)
    except MediaError as error:
        if not kept or error.reason not in ("ffmpeg_failed", "mux_mismatch"):
            raise
        without = info._replace(subtitles=(), others=(*info.others, *counted(["subtitle track"] * len(info.subtitles))))
        return _write_video(without, source, sound, output, target, comment, config)
    lost = len(info.subtitles) - len(kept)
    return report._replace(left_out=(*info.others, *counted(["subtitle track"] * lost)))


def _write_sound(
    sound: Sound, output: Path, target: Target, comment: str, source: StreamScan, config: MuxConfig
) -> MuxReport:
    """Writes the audio without the video, and checks its duration."""
    write_sound_file(sound, output, target, comment)
    written, expected_s = scan(output, "audio"), len(sound.wave) / sound.sample_rate_hz
    # Lossy encoders add up to a few frames of priming and padding.
    if abs(written.duration_s - expected_s) > 0.1:
        problem = f"The written audio lasts {written.duration_s:.3f} s instead of {expected_s:.3f} s."
        raise MediaError("mux_mismatch", problem, "Choose another format, such as .wav.")
    loudness = loudness_lufs(sound.wave, sound.sample_rate_hz)
    return MuxReport(source.packets, source.duration_s, expected_s, loudness, config.loudness_lufs)


def check_muxable(video: Path, output: Path, config: MuxConfig) -> None:
    """Checks that `mux_soundtrack` can write a video, by muxing it with silence into a temporary file.

    If the video is to be re-encoded, only its first frames are tried.

    Args:
        video: local video file.
        output: planned output file; it is not written.
        config: settings for `mux_soundtrack`.

    Raises:
        MediaError: reasons "suffix", and "cannot_hold" if the container cannot hold the video unchanged.
    """
    if is_sound(output):
        return
    info, source = probe(video), scan(video, "video")
    target = _target(info, output, config)
    sound = Sound(np.zeros((SAMPLE_RATE_HZ, 2), np.float32), SAMPLE_RATE_HZ, config.audio_kbps)
    copies = config.encode == "copy"
    # Use the disk of the output, whose directory may not exist yet.
    directory = next(parent for parent in output.absolute().parents if parent.exists())
    with temporary_path(directory, output.name) as trial:
        try:
            frames = None if copies else TRIED_FRAMES
            copy_with_sound(_picture(info, source), sound, trial, target, None, config.encode, frames)
            if copies:
                check_picture(info, source, trial, PICTURE_TOLERANCE_S)
        except MediaError as error:
            if error.reason == "disk_full":
                raise
            problem = (
                f"{display_name(video)} ({info.video_codec}) cannot be put into a {output.suffix} file: {error.problem}"
            )
            remedy = f"Encode the video: {ENCODE_HINT}." if copies else "Try another codec."
            raise MediaError("cannot_hold", problem, remedy) from error


def _target(info: VideoInfo, output: Path, config: MuxConfig) -> Target:
    return target_for(output, info.video_codec if config.encode == "copy" else config.encode)


def _picture(info: VideoInfo, source: StreamScan, subtitles: Mapping[int, str] | None = None) -> Picture:
    return Picture(info.path, info.container, source.stream_index, source.first_s, info.video_codec, subtitles or {})


def _verified(info: VideoInfo, source: StreamScan, sound: np.ndarray, written: Path, tolerance_s: float) -> MuxReport:
    """Verifies the streams of the written file against the source and the audio."""
    copy, audio = check_picture(info, source, written, tolerance_s), scan(written, "audio")
    with open_media(written) as container:
        stream = audio_stream(container)
        starts = (time_s for time_s, _ in timed_frames(container, stream)) if stream else iter(())
        audio_start_s = next(starts, audio.first_s)  # without the encoder's priming
    audio_s, late_s = audio.end_s - audio_start_s, audio_start_s - copy.first_s
    mismatches = {
        f"audio of {audio_s:.3f} s": abs(audio_s - source.duration_s) > max(audio.packet_s, tolerance_s),
        f"audio delayed by {late_s:+.3f} s": abs(late_s) > audio.packet_s,
    }
    require_no_mismatch(info, mismatches)
    return MuxReport(copy.packets, copy.duration_s, audio_s, loudness_lufs(sound, SAMPLE_RATE_HZ))
