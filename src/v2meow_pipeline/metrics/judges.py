"""Embeddings that judge audio: computed here by a function, or made elsewhere and handed in."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from v2meow_pipeline.metrics.fad import require_embeddings
from v2meow_pipeline.metrics.validate import Array
from v2meow_pipeline.progress import track

# A function of a wave, or clips' frames by system, with "reference" for the ground truth.
Judge = Callable[[Array], Array] | Mapping[str, Sequence[Array]]
REFERENCE = "reference"


class Embedded(NamedTuple):
    """Frames of every clip, `[n_i, d]` float64: of the reference, and of each system."""

    reference: list[Array]
    systems: dict[str, list[Array]]


def embed(
    name: str,
    judge: Judge,
    systems: Mapping[str, Sequence[Array]],
    reference: Sequence[Array],
    clip_ids: Sequence[str],
) -> Embedded:
    """Frames of every clip by one judge.

    Args:
        name: the judge's name with its variant, such as "musicnn_1.0s".
        judge: a function of a wave `[n]` that returns frames `[n_i, d]`, or such frames by system, where the reference
            is called "reference".
        systems: name -> waves.
        reference: ground-truth waves.
        clip_ids: one a wave.

    Returns:
        The frames; a wave that several systems share is embedded once.

    Raises:
        ValueError: naming judge, system and clip, if frames are missing or not finite.
    """
    if not callable(judge):
        missing = [system for system in (REFERENCE, *systems) if system not in judge]
        if missing:
            raise ValueError(f"judge {name} has no embeddings of {', '.join(missing)}")
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
