"""Parameters of a rehearsal: those of an environment with few clips and one optimiser step per part."""

import copy
from typing import Any

from v2meow_pipeline.examples.recipes import NAMES
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES

VIDEOS, CAPTIONS = "data/01_raw/videos", "captions.csv"
# One step, a resume checkpoint after it, and a validation.
ONE_STEP = {"max_steps": 1, "warmup_steps": 1, "val_every": 2, "checkpoint_every": 1, "log_every": 1}


def rehearsal_parameters(parameters: dict[str, Any], clips: int, batch: int) -> dict[str, Any]:
    """Replaces corpus, numbers of clips, numbers of steps and batch sizes; every model keeps its size and settings.

    Args:
        parameters: parameters of the rehearsed environment.
        clips: number of clips of each split: training, validation, test.
        batch: examples per optimiser step; contrastive objectives need two.

    Returns:
        Parameters of the rehearsal.
    """
    changed = copy.deepcopy(parameters)
    changed["corpus"]["source"] = "folder"
    changed["corpus"]["folder"] = {"path": VIDEOS, "captions_csv": CAPTIONS}
    for name in (*NAMES, *STAGE_NAMES, *ALTERNATIVE_STAGES):
        changed[name]["train"] |= {**ONE_STEP, "batch_size": batch, "val_clips": clips}
        changed[name]["train"].pop("accumulate", None)
    changed["evaluation_clips"]["clips_per_split"] = clips
    changed["ablation"]["train"] = {name: dict(ONE_STEP) for name in changed["ablation"]["train"]}
    return changed
