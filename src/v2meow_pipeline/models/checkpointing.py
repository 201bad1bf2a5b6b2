"""Stage models on disk: networks of a kind of their own, refused for another clock or stage."""

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
        folder: the checkpoint; an existing one is replaced whole.
        model: what to save.
        fingerprint: of everything that went into it.
        extra: further JSON values, such as `licence`, `trained_on` and figures.
    """
    save_network(folder, KIND, model, model.config, fingerprint, model.config.clock, extra)


def load_stage(folder: Path, clock: Clock | None = None, stage: str | None = None) -> StageModel:
    """Reads a stage model.

    Args:
        folder: a folder written by `save_stage`.
        clock: the clock it must have been made for; None accepts any.
        stage: the stage that it must be; None accepts any.

    Returns:
        The model on the CPU in evaluation mode.

    Raises:
        V2MeowError: when it is missing, damaged or another stage.
        StaleError: when it was made for other rates or codebooks.
    """
    model = load_network(folder, KIND, StageModelConfig, StageModel, clock)
    config = model.config
    if stage is not None and config.stage != stage:
        raise V2MeowError(f"{folder} holds the {config.stage!r} stage, not {stage!r}.", "Point to the right folder.")
    if clock is not None and clock.visual_fps != config.clock.visual_fps:
        raise StaleError(
            f"{folder} sees {config.clock.visual_fps} visual features a second, not {clock.visual_fps}.",
            "Train it again for this clock.",
        )
    return model
