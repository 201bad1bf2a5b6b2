"""The sound of an output: music with fade-out and loudness, mixed with the original audio of the video."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.containers import SAMPLE_RATE_HZ
from v2meow_pipeline.media.ducking import ducking_gain
from v2meow_pipeline.media.loudness import normalise_loudness
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.probe import VideoInfo, probe
from v2meow_pipeline.media.resampling import resample

NOTED_RATE_HZ, SILENT_PEAK = 8_000, 0.001


def finish_sound(
    video: Path, wave: np.ndarray, sample_rate_hz: int, duration_s: float, config: MuxConfig
) -> np.ndarray:
    """Prepares the audio for encoding: resampling, fade-out, loudness normalization and mix with the original audio.

    Args:
        video: video with the original audio.
        wave: float [n] or [n, channel], full scale 1.
        sample_rate_hz: sample rate of `wave`, Hz.
        duration_s: duration of the output, seconds.
        config: mixing settings.

    Returns:
        float32 [n, channel] at 48 kHz, mono or stereo, of exactly `duration_s`.
    """
    count = round(duration_s * SAMPLE_RATE_HZ)
    resampled = resample(_two_channels(wave), sample_rate_hz, SAMPLE_RATE_HZ)
    music = _fitted(resampled, count, round(config.fade_out_s * SAMPLE_RATE_HZ))
    if config.loudness_lufs is not None:
        music = normalise_loudness(music, SAMPLE_RATE_HZ, config.loudness_lufs)
    if config.original_gain_db is not None and probe(video).has_audio:
        own = _two_channels(read_audio(video, SAMPLE_RATE_HZ, 0.0, duration_s, mono=False))
        if config.duck_db:
            music = music * ducking_gain(own, SAMPLE_RATE_HZ, config.duck_db)[:, None]
        music = music + own * np.float32(10 ** (config.original_gain_db / 20))
        if config.loudness_lufs is not None:
            music = normalise_loudness(music, SAMPLE_RATE_HZ, config.loudness_lufs)
    return np.clip(music, -1.0, 1.0, out=music)


def original_notes(info: VideoInfo, duration_s: float, config: MuxConfig) -> tuple[str, ...]:
    """Sentences about the original audio in the mix: which track it is, and whether nothing of it can be heard."""
    if config.original_gain_db is None:
        return ()
    if not info.has_audio:
        return ("The video has no original sound to keep.",)
    track = f"track {info.audio_track} of {info.audio_tracks}"
    notes = [f"The original sound in the mix is {track}."] if info.audio_tracks > 1 else []
    own = read_audio(info.path, NOTED_RATE_HZ, 0.0, duration_s)
    if np.abs(own).max(initial=0.0) < SILENT_PEAK:
        notes.append("The original sound is silent.")
    return tuple(notes)


def _two_channels(wave: np.ndarray) -> np.ndarray:
    """Waveform as [n, 1] or [n, 2]; more than two channels are averaged to mono."""
    wave = np.nan_to_num(np.asarray(wave, np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    wave = wave[:, None] if wave.ndim == 1 else wave
    return wave if wave.shape[1] <= 2 else wave.mean(axis=1, keepdims=True)


def _fitted(wave: np.ndarray, count: int, fade: int) -> np.ndarray:
    """Cuts or pads a waveform to `count` samples, with a raised-cosine fade-out over its last `fade` samples."""
    fitted = np.zeros((count, wave.shape[1]), np.float32)
    end = min(count, len(wave))
    fade = min(fade, end)
    fitted[:end] = wave[:end]
    ramp = np.cos(np.linspace(0.0, np.pi, fade, dtype=np.float32)) * 0.5 + 0.5
    fitted[end - fade : end] *= ramp[:, None]
    return fitted
