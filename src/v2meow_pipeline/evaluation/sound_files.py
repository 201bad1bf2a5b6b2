"""Folders of audio, matched by file stem: how any system's music is brought to the metrics."""

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
# Files of one clip may differ by what codecs add at their ends; more than this is another length.
SAME_LENGTH_S = 0.2


class Sounds(NamedTuple):
    """The waves of some folders, cut to one length.

    Attributes:
        clip_ids: stems, in alphabetical order.
        waves: name of the folder -> float32 [n] a clip, in the order of `clip_ids`.
        seconds: length of all of them.
    """

    clip_ids: list[str]
    waves: dict[str, list[np.ndarray]]
    seconds: float


def read_folders(
    reference: Path, generated: Mapping[str, Path], sample_rate_hz: int, seconds: float | None, workers: int
) -> Sounds:
    """Reads the reference and every system, a file a clip.

    Args:
        reference: folder of the ground truth, under the name "reference" in the result.
        generated: name of a system -> its folder.
        sample_rate_hz: that all are read at, mono.
        seconds: of each file that count, from its start; None takes all, and wants files of one length.
        workers: processes that decode.

    Returns:
        The waves.

    Raises:
        ConfigError: naming folders, and stems that are missing, surplus, or there twice; or files that are shorter than
            `seconds`, or of different lengths.
        MediaError: naming a file that cannot be read as sound.
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
                f"{folder} has {files[path.stem].name} and {path.name}: one stem, two files.", "Leave one of them."
            )
        files[path.stem] = path
    if not files:
        raise ConfigError(f"{folder} has no files.", "Give a folder of sound files, a file a clip.")
    return files


def _require_same(reference: Path, clip_ids: Sequence[str], folder: Path, files: Mapping[str, Path]) -> None:
    missing = [clip_id for clip_id in clip_ids if clip_id not in files]
    if missing:
        raise ConfigError(
            f"{folder} lacks {len(missing)} of {len(clip_ids)} clips of {reference}: {_some(missing)}.",
            "A clip that is left out would flatter the system: generate it, or take it out of the reference too.",
        )
    surplus = sorted(set(files) - set(clip_ids))
    if surplus:
        raise ConfigError(
            f"{folder} has {len(surplus)} files that {reference} has not: {_some(surplus)}.",
            "Files are matched by their stem (clip7.wav with clip7.mp3); rename or remove them.",
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (", ..." if len(names) > SHOWN else "")


def _read(path: Path, sample_rate_hz: int, seconds: float | None) -> np.ndarray:
    wave = read_audio(path, sample_rate_hz)
    if not len(wave):
        raise MediaError("empty", f"{path} has no sound in it.", "Generate it again.")
    if not np.isfinite(wave).all():
        raise MediaError("not_finite", f"{display_name(path)} has samples that are not numbers.", "Generate it again.")
    return wave if seconds is None else wave[: round(seconds * sample_rate_hz)]


def _common_length(
    paths: Sequence[Path], waves: Sequence[np.ndarray], sample_rate_hz: int, seconds: float | None
) -> int:
    """Samples that all waves have."""
    shortest = min(range(len(waves)), key=lambda i: len(waves[i]))
    found = len(waves[shortest])
    wanted = round(seconds * sample_rate_hz) if seconds is not None else max(map(len, waves))
    if found < wanted - SAME_LENGTH_S * sample_rate_hz:
        raise ConfigError(
            f"{paths[shortest]} is {found / sample_rate_hz:.2f} s long, where {wanted / sample_rate_hz:.2f} s are "
            f"{'asked for' if seconds is not None else 'the longest'}.",
            "Compare what all files have: --seconds.",
        )
    return found
