"""Sound through the codec and back."""

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
    """Encodes every file of a folder, and decodes its tokens.

    Args:
        sound: folder of sound or video files; hidden files are passed over.
        output: folder for the WAV files, mono at the clock's rate, by the stems of the files.
        bundle: whose codec it is.
        levels: codebooks, from the first; None takes those that generated music has.
        seconds: of each file, from its start; None takes all.

    Returns:
        How many files there were.

    Raises:
        ConfigError: for a folder without files, two files of one stem, or levels that the codec does not have.
        MediaError: naming a file that cannot be read as sound.
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
