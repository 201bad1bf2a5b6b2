"""Codec resynthesis of sound files."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.media.audio import read_audio, write_wav
from v2meow_pipeline.models.stages import FINE
from v2meow_pipeline.progress import track


def resynthesise_folder(
    sound: Path, output: Path, bundle: Bundle, levels: int | None = None, seconds: float | None = None
) -> int:
    """Encodes every file of a folder with the codec and decodes the tokens again.

    Args:
        sound: folder of sound or video files; hidden files are skipped.
        output: folder for the results, mono WAV files at the clock's rate, named by the stems of the inputs.
        bundle: models with the codec.
        levels: number of codebook levels; None takes as many as generated music has.
        seconds: duration to process from the start of each file; None takes all of it.

    Returns:
        Number of files.

    Raises:
        ConfigError: for a folder without files, two files with the same stem, or more levels than the codec has.
        MediaError: when a file cannot be decoded as sound.
    """
    clock = bundle.codec.clock
    used = levels or (clock.acoustic_levels if FINE.name in bundle.stages else clock.coarse_levels)
    if used > clock.acoustic_levels:
        raise ConfigError(f"The codec has {clock.acoustic_levels} levels, not {used}.", "Give fewer.")
    files = sorted(path for path in sound.iterdir() if path.is_file() and not path.name.startswith("."))
    if not files or len({path.stem for path in files}) < len(files):
        raise ConfigError(f"{sound} has no files, or two of one stem.", "Give a folder of sound, a file a clip.")
    output.mkdir(parents=True, exist_ok=True)
    for path in track(files, "codec resynthesis"):
        wave = read_audio(path, clock.sample_rate_hz, duration_s=seconds)
        whole_frames = np.pad(wave, (0, -len(wave) % clock.hop_samples))
        decoded = bundle.codec.decode(bundle.codec.encode(whole_frames)[:used])
        write_wav(output / f"{path.stem}.wav", decoded[: len(wave)], clock.sample_rate_hz)
    return len(files)
