"""Audio files of folders, matched by file stem, for the evaluation of any system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.evaluation.audio_sets import AudioClip, AudioSet
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.parallel import parallel_map

SHOWN = 5
# Tolerated difference in duration, since codecs pad the ends of a file.
SAME_LENGTH_S = 0.2


@dataclass(frozen=True)
class SoundFile:
    """Source of the waveform of an audio file, mono at `sample_rate_hz`."""

    path: Path
    sample_rate_hz: int

    def __call__(self) -> np.ndarray:
        """Reads the file, float32 [n]."""
        return read_audio(self.path, self.sample_rate_hz)


class Sounds(NamedTuple):
    """Audio of several folders, cut to one length.

    Attributes:
        clip_ids: file stems in alphabetical order.
        systems: name of the folder -> audio of the clips.
        seconds: duration of each clip.
    """

    clip_ids: list[str]
    systems: dict[str, AudioSet]
    seconds: float


def read_folders(
    reference: Path, generated: Mapping[str, Path], sample_rate_hz: int, seconds: float | None, workers: int
) -> Sounds:
    """Finds the audio files of the reference and of every system, one file per clip, and checks that all are readable.

    Args:
        reference: directory of the ground truth; named "reference" in the result.
        generated: name of a system -> its directory.
        sample_rate_hz: sample rate in Hz to which all files are resampled, as mono.
        seconds: duration that is read from the start of each file; None reads whole files, which must have one length.
        workers: number of decoding processes.

    Returns:
        The audio, which is read from the files when it is used.

    Raises:
        ConfigError: if stems are missing, unexpected or duplicated, or files are shorter than `seconds` or differ in
            length.
        MediaError: if a file cannot be decoded.
    """
    folders = {"reference": reference, **generated}
    files = {name: files_by_stem(folder) for name, folder in folders.items()}
    clip_ids = sorted(files["reference"])
    for name in generated:
        _require_same(reference, clip_ids, folders[name], files[name])
    paths = [files[name][clip_id] for name in folders for clip_id in clip_ids]
    measure = partial(_length, sample_rate_hz=sample_rate_hz, seconds=seconds)
    lengths = list(parallel_map(measure, paths, workers, "reading sound"))
    samples = _common_length(paths, lengths, sample_rate_hz, seconds)
    systems = {
        name: AudioSet(tuple(AudioClip(key, samples, SoundFile(found[key], sample_rate_hz)) for key in clip_ids))
        for name, found in files.items()
    }
    return Sounds(clip_ids, systems, samples / sample_rate_hz)


def files_by_stem(folder: Path) -> dict[str, Path]:
    """Files directly in a folder, by their stem; hidden files are left out.

    Args:
        folder: folder of one file per clip.

    Returns:
        Stem -> path, sorted by path.

    Raises:
        ConfigError: if there is no such folder, it has no files, or two files have one stem.
    """
    if not folder.is_dir():
        raise ConfigError(f"There is no folder {display_name(folder)}.", "Give a folder of audio or video files.")
    files: dict[str, Path] = {}
    for path in sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")):
        if path.stem in files:
            pair = f"{files[path.stem].name} and {path.name}"
            raise ConfigError(
                f"{display_name(folder)} has {display_name(Path(pair))}: one stem, two files.", "Remove one of them."
            )
        files[path.stem] = path
    if not files:
        raise ConfigError(
            f"{display_name(folder)} has no files.", "Give a folder of audio or video files, one per clip."
        )
    return files


def _require_same(reference: Path, clip_ids: Sequence[str], folder: Path, files: Mapping[str, Path]) -> None:
    missing = [clip_id for clip_id in clip_ids if clip_id not in files]
    name, of_reference = display_name(folder), display_name(reference)
    if missing:
        raise ConfigError(
            f"{name} lacks {len(missing)} of {len(clip_ids)} clips of {of_reference}: {_some(missing)}.",
            "A system must have all clips: generate the missing ones, or remove them from the reference too.",
        )
    surplus = sorted(set(files) - set(clip_ids))
    if surplus:
        raise ConfigError(
            f"{name} has {len(surplus)} files that {of_reference} does not have: {_some(surplus)}.",
            "Files are matched by their stem (clip7.wav with clip7.mp3): rename or remove these files.",
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(display_name(Path(name)) for name in names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _length(path: Path, sample_rate_hz: int, seconds: float | None) -> int:
    """Number of samples of a file, at most `seconds`."""
    wave = read_audio(path, sample_rate_hz)
    if not len(wave):
        raise MediaError("empty", f"{display_name(path)} contains no audio samples.", "Generate it again.")
    if not np.isfinite(wave).all():
        raise MediaError("not_finite", f"{display_name(path)} has samples that are not numbers.", "Generate it again.")
    return len(wave) if seconds is None else min(len(wave), round(seconds * sample_rate_hz))


def _common_length(paths: Sequence[Path], lengths: Sequence[int], sample_rate_hz: int, seconds: float | None) -> int:
    """Length in samples of the shortest file."""
    shortest = min(range(len(lengths)), key=lambda i: lengths[i])
    found = lengths[shortest]
    wanted = round(seconds * sample_rate_hz) if seconds is not None else max(lengths)
    if found < wanted - SAME_LENGTH_S * sample_rate_hz:
        raise ConfigError(
            f"{display_name(paths[shortest])} is {found / sample_rate_hz:.2f} s long, where "
            f"{wanted / sample_rate_hz:.2f} s are {'requested' if seconds is not None else 'the longest'}.",
            "Compare only the duration that all files have, with --seconds.",
        )
    return found
