"""Random clips in memory with the streams of a stage, for the benchmark of the data loader."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from v2meow_pipeline.encoders.audio_events import onset_strength
from v2meow_pipeline.examples.event_curves import AUDIO_EVENTS
from v2meow_pipeline.examples.stage_examples import ACOUSTIC, SEMANTIC, StageClips
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.streams import Stream


class ArrayReader(NamedTuple):
    """Reader of arrays in memory; clips are named by their row."""

    arrays: Mapping[str, np.ndarray]

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        """Arrays `name` of the clips."""
        return self.arrays[name][[int(clip_id) for clip_id in clip_ids]]

    def __contains__(self, clip_id: object) -> bool:
        """All clips exist."""
        return True


def random_clips(model: StageModel, clips: int, seed: int = 0) -> StageClips:
    """Random tokens and features of whole clips.

    Args:
        model: the stage.
        clips: number of clips.
        seed: seeds the values.

    Returns:
        The clips, in memory as in training.
    """
    rng, clock = np.random.default_rng(seed), model.config.clock
    semantic = rng.integers(clock.semantic_vocab, size=(clips, clock.t_semantic))
    acoustic = rng.integers(clock.acoustic_vocab, size=(clips, clock.acoustic_levels, clock.t_acoustic))
    features = {
        stream.name: _feature(stream, clips, clock.clip_s, rng)
        for stream in model.conditioner.streams
        if not stream.levels
    }
    music = onset_strength(rng.standard_normal(clock.clip_samples) / 4, clock.sample_rate_hz)
    arrays = {
        SEMANTIC: semantic.astype(np.int16),
        ACOUSTIC: acoustic.astype(np.int16),
        **features,
        **{name: np.repeat(values[None], clips, axis=0) for name, values in music._asdict().items()},
    }
    readers = dict.fromkeys([*arrays, AUDIO_EVENTS], ArrayReader(arrays))
    return StageClips(model, readers, [str(row) for row in range(clips)])


def _feature(stream: Stream, clips: int, clip_s: float, rng: np.random.Generator) -> np.ndarray:
    shape = stream.shape(clips, clip_s)
    if stream.grid is not None:
        return rng.integers(stream.grid.codes, size=shape).astype(np.int16)
    values = rng.random(shape).astype(np.float16)
    return values[:, 0] if stream.rate_hz is None else values
