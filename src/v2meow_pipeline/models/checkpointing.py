"""Saving and loading of stage model checkpoints, with checks of clock and stage."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.networks.checkpointing import load_network, save_network

KIND = "stage"


def save_stage(folder: Path, model: StageModel, fingerprint: str, extra: Mapping[str, Any] | None = None) -> None:
    """Writes a stage model atomically.

    Args:
        folder: checkpoint directory; an existing one is replaced.
        model: the model to save.
        fingerprint: hash of the configuration and the training data.
        extra: additional JSON metadata, such as `licence`, `trained_on` and metrics.
    """
    save_network(folder, KIND, model, model.config, fingerprint, model.config.clock, extra)


def load_stage(folder: Path, clock: Clock | None = None, stage: str | None = None) -> StageModel:
    """Loads a stage model.

    Args:
        folder: checkpoint directory written by `save_stage`.
        clock: required clock; None accepts any.
        stage: required stage name; None accepts any.

    Returns:
        The model on the CPU, in evaluation mode.

    Raises:
        V2MeowError: if the checkpoint is missing, damaged or belongs to another stage.
        StaleError: if it was trained with other rates or codebooks.
    """
    model = load_network(folder, KIND, StageModelConfig, StageModel, clock)
    config = model.config
    if stage is not None and config.stage != stage:
        raise V2MeowError(
            f"{folder} holds the {config.stage!r} stage, not {stage!r}.", f"Give the folder of a {stage!r} checkpoint."
        )
    if clock is not None and clock.visual_fps != config.clock.visual_fps:
        raise StaleError(
            f"The stage in {folder} was trained with {config.clock.visual_fps} visual features per second, "
            f"not {clock.visual_fps}.",
            "Train it again with the current clock.",
        )
    return model
