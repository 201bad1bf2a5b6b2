"""Embeddings of audio for FAD and related metrics: computed by a function, or passed in precomputed."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from v2meow_pipeline.metrics.fad import require_embeddings
from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.progress import track

# Function from a wave to embedding frames, or precomputed frames by system, with "reference" for the ground truth.
Judge = Callable[[Array], Array] | Mapping[str, Sequence[Array]]
REFERENCE = "reference"


class Embedded(NamedTuple):
    """Embedding frames of every clip, `[n_i, d]` float64, for the reference and for each system."""

    reference: list[Array]
    systems: dict[str, list[Array]]


def embed(
    name: str,
    judge: Judge,
    systems: Mapping[str, Sequence[Array]],
    reference: Sequence[Array],
    clip_ids: Sequence[str],
) -> Embedded:
    """Embedding frames of every clip by one judge; a wave shared by several systems is embedded once.

    Args:
        name: name of the judge with its variant, such as "musicnn_1.0s".
        judge: function from a wave `[n]` to frames `[n_i, d]`, or precomputed frames by system, with the key
            "reference" for the ground truth.
        systems: name -> waves.
        reference: ground-truth waves.
        clip_ids: ids of the clips, one per wave.

    Returns:
        The frames.

    Raises:
        ValueError: if frames are missing or not finite; the message names judge, system and clip.
    """
    if not callable(judge):
        missing = [system for system in (REFERENCE, *systems) if system not in judge]
        if missing:
            raise ValueError(f"judge {name} has no embeddings of {', '.join(missing)}: pass them for every system")
        ready = {system: list(judge[system]) for system in (REFERENCE, *systems)}
    else:
        sets = {REFERENCE: reference, **systems}
        unique = {id(wave): wave for waves in sets.values() for wave in waves}
        frames = {key: judge(wave) for key, wave in track(unique.items(), f"embeddings of {name}", len(unique))}
        ready = {system: [frames[id(wave)] for wave in waves] for system, waves in sets.items()}
    checked = {system: _require(name, system, clips, clip_ids) for system, clips in ready.items()}
    return Embedded(checked.pop(REFERENCE), checked)


def _require(name: str, system: str, clips: Sequence[Array], clip_ids: Sequence[str]) -> list[Array]:
    if len(clips) != len(clip_ids):
        raise ValueError(f"judge {name} has embeddings of {len(clips)} clips of {system}, not of {len(clip_ids)}")
    checked = []
    for clip_id, frames in zip(clip_ids, clips, strict=True):
        try:
            checked.append(require_embeddings(frames, least=1))
        except ValueError as error:
            raise ValueError(f"judge {name}, {system}, {clip_id}: {error}") from error
    return checked
