"""A corpus of arrays in memory whose tokens follow its features, so that there is something to learn."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.support.model_makers import CLOCK, FEATURES, tiny_config

from v2meow_pipeline.training.job import TrainingJob
from v2meow_pipeline.training.stage_job import StageData, StageFitConfig, StageTraining, stage_job


class ArrayReader:
    """What a ShardReader offers, over arrays."""

    def __init__(self, clip_ids: Sequence[str], arrays: dict[str, np.ndarray]) -> None:
        self.rows = {clip_id: row for row, clip_id in enumerate(clip_ids)}
        self.arrays = arrays

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        return self.arrays[name][[self.rows[clip_id] for clip_id in clip_ids]]

    def __contains__(self, clip_id: object) -> bool:
        return clip_id in self.rows


def corpus(clips: int = 12, seed: int = 0) -> StageData:
    """Tokens that repeat a clip's own motif, which its features and its music-text vector encode."""
    rng = np.random.default_rng(seed)
    ids = [f"clip-{i}" for i in range(clips)]
    motif = rng.integers(0, 4, clips)
    t = np.arange(CLOCK.t_acoustic)
    semantic = (motif[:, None] * 7 + np.arange(CLOCK.t_semantic)[None, :] % 5) % CLOCK.semantic_vocab
    acoustic = (
        motif[:, None, None] * 3 + np.arange(CLOCK.acoustic_levels)[None, :, None] + t[None, None, :] // 2 % 6
    ) % 40
    code = np.eye(4, dtype=np.float32)[motif]
    arrays = {
        "semantic": semantic.astype(np.int16),
        "acoustic": acoustic.astype(np.int16),
        "music_text": np.pad(code, ((0, 0), (0, 124))),
        **{
            name: np.repeat(np.pad(code, ((0, 0), (0, width - 4)))[:, None], CLOCK.t_visual, axis=1).astype(np.float16)
            for name, width in FEATURES.items()
        },
    }
    reader = ArrayReader(ids, arrays)
    return StageData(dict.fromkeys(arrays, reader), ids[: clips - 4], ids[clips - 4 :])


def job(
    stage: str = "semantic", model: dict[str, object] | None = None, data: StageData | None = None, **changes: object
) -> TrainingJob:
    """A training of seconds."""
    quick = {
        "max_steps": 30,
        "batch_size": 4,
        "warmup_steps": 2,
        "val_every": 10,
        "checkpoint_every": 5,
        "log_every": 2,
    }
    spec = StageTraining(
        model=tiny_config(stage, **{"crop_s": 2.0, **(model or {})}),
        fit=StageFitConfig.parse({**quick, **changes}),
        trained_on="test",
    )
    return stage_job(spec, data or corpus())


def weights(folder: Path) -> bytes:
    """The weights of a checkpoint, byte by byte."""
    return (folder / "weights.safetensors").read_bytes()
