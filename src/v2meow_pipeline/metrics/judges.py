"""Embedding frames of audio for FAD and related metrics."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.metrics.fad import frechet_distance_of_clip, gaussian, require_embeddings
from v2meow_pipeline.metrics.result import ClipRow
from v2meow_pipeline.metrics.validate import Array

FEWEST_FRAMES = 2


class Embedded(NamedTuple):
    """Embedding frames of every clip, `[n_i, d]` float64, for the reference and for each system."""

    reference: list[Array]
    systems: dict[str, list[Array]]


def require_frames(
    judge: str, systems: Mapping[str, Sequence[Array]], reference: Sequence[Array], clip_ids: Sequence[str]
) -> Embedded:
    """Validates the embedding frames of one judge.

    Args:
        judge: name of the judge with its variant, such as "musicnn_1.0s".
        systems: name -> frames of each clip, `[n_i, d]`.
        reference: frames of the ground truth.
        clip_ids: ids of the clips.

    Returns:
        The frames.

    Raises:
        ValueError: if frames are missing or not finite; the message names judge, system and clip.
    """
    checked = {name: _require(judge, name, clips, clip_ids) for name, clips in systems.items()}
    return Embedded(_require(judge, "reference", reference, clip_ids), checked)


def add_frechet_distances(rows: Sequence[ClipRow], judge: str, embedded: Embedded) -> None:
    """Adds the per-clip FAD to the rows, unless a clip has fewer than two frames.

    Args:
        rows: result of `by_clip.score_clips`.
        judge: name of the judge, used in the key.
        embedded: frames of the same systems and clips.
    """
    clips = [frames for of_system in embedded.systems.values() for frames in of_system]
    if min(len(frames) for frames in clips) < FEWEST_FRAMES:
        return
    pooled = gaussian(np.concatenate(embedded.reference))
    for row, frames in zip(rows, clips, strict=True):
        row[f"fad_per_clip_{judge}"] = frechet_distance_of_clip(pooled, frames)


def _require(judge: str, system: str, clips: Sequence[Array], clip_ids: Sequence[str]) -> list[Array]:
    if len(clips) != len(clip_ids):
        raise ValueError(f"judge {judge} has embeddings of {len(clips)} clips of {system}, not of {len(clip_ids)}")
    checked = []
    for clip_id, frames in zip(clip_ids, clips, strict=True):
        try:
            checked.append(require_embeddings(frames, least=1))
        except ValueError as error:
            raise ValueError(f"judge {judge}, {system}, {clip_id}: {error}") from error
    return checked
