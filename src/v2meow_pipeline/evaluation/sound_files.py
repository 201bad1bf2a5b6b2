"""Reading of folders of audio files, matched by file stem, for the evaluation of any system."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.parallel import parallel_map

SHOWN = 5
# Tolerated difference in duration, since codecs pad the ends of a file.
SAME_LENGTH_S = 0.2


class Sounds(NamedTuple):
    """Waves of several folders, cut to one length.

    Attributes:
        clip_ids: file stems in alphabetical order.
        waves: name of the folder -> one wave per clip, float32 [n], in the order of `clip_ids`.
        seconds: duration of each wave.
    """

    clip_ids: list[str]
    waves: dict[str, list[np.ndarray]]
    seconds: float


def read_folders(
    reference: Path, generated: Mapping[str, Path], sample_rate_hz: int, seconds: float | None, workers: int
) -> Sounds:
    """Reads the audio files of the reference and of every system, one file per clip.

    Args:
        reference: directory of the ground truth; named "reference" in the result.
        generated: name of a system -> its directory.
        sample_rate_hz: sample rate in Hz to which all files are resampled, as mono.
        seconds: duration that is read from the start of each file; None reads whole files, which must have one length.
        workers: number of decoding processes.

    Returns:
        The waves.

    Raises:
        ConfigError: if stems are missing, unexpected or duplicated, or files are shorter than `seconds` or differ in
            length.
        MediaError: if a file cannot be decoded.
    """
    folders = {"reference": reference, **generated}
    files = {name: _by_stem(folder) for name, folder in folders.items()}
    clip_ids = sorted(files["reference"])
    for name in generated:
        _require_same(reference, clip_ids, folders[name], files[name])
    paths = [files[name][clip_id] for name in folders for clip_id in clip_ids]
    read = partial(_read, sample_rate_hz=sample_rate_hz, seconds=seconds)
    waves = list(parallel_map(read, paths, workers, "reading sound"))
    length = _common_length(paths, waves, sample_rate_hz, seconds)
    of_each = iter([wave[:length] for wave in waves])
    return Sounds(clip_ids, {name: [next(of_each) for _ in clip_ids] for name in folders}, length / sample_rate_hz)


def _by_stem(folder: Path) -> dict[str, Path]:
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {folder}.", "Give a folder of sound files.")
    files: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        if path.stem in files:
            raise ConfigError(
                f"{folder} has {files[path.stem].name} and {path.name}: one stem, two files.", "Remove one of them."
            )
        files[path.stem] = path
    if not files:
        raise ConfigError(f"{folder} has no files.", "Give a folder of sound files, one per clip.")
    return files


def _require_same(reference: Path, clip_ids: Sequence[str], folder: Path, files: Mapping[str, Path]) -> None:
    missing = [clip_id for clip_id in clip_ids if clip_id not in files]
    if missing:
        raise ConfigError(
            f"{folder} lacks {len(missing)} of {len(clip_ids)} clips of {reference}: {_some(missing)}.",
            "A system must have all clips: generate the missing ones, or remove them from the reference too.",
        )
    surplus = sorted(set(files) - set(clip_ids))
    if surplus:
        raise ConfigError(
            f"{folder} has {len(surplus)} files that {reference} does not have: {_some(surplus)}.",
            "Files are matched by their stem (clip7.wav with clip7.mp3): rename or remove these files.",
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _read(path: Path, sample_rate_hz: int, seconds: float | None) -> np.ndarray:
    wave = read_audio(path, sample_rate_hz)
    if not len(wave):
        raise MediaError("empty", f"{path} contains no audio samples.", "Generate it again.")
    if not np.isfinite(wave).all():
        raise MediaError("not_finite", f"{display_name(path)} has samples that are not numbers.", "Generate it again.")
    return wave if seconds is None else wave[: round(seconds * sample_rate_hz)]


def _common_length(
    paths: Sequence[Path], waves: Sequence[np.ndarray], sample_rate_hz: int, seconds: float | None
) -> int:
    """Length in samples of the shortest wave."""
    shortest = min(range(len(waves)), key=lambda i: len(waves[i]))
    found = len(waves[shortest])
    wanted = round(seconds * sample_rate_hz) if seconds is not None else max(map(len, waves))
    if found < wanted - SAME_LENGTH_S * sample_rate_hz:
        raise ConfigError(
            f"{paths[shortest]} is {found / sample_rate_hz:.2f} s long, where {wanted / sample_rate_hz:.2f} s are "
            f"{'requested' if seconds is not None else 'the longest'}.",
            "Compare only the duration that all files have, with --seconds.",
        )
    return found
