"""Stage models on disk: safetensors and JSON, refused for another clock."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from v2meow_pipeline.checkpoint import load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig

KIND = "stage"


def save_stage(folder: Path, model: StageModel, fingerprint: str, extra: Mapping[str, Any] | None = None) -> None:
    """Writes a stage model atomically.

    Args:
        folder: the checkpoint; an existing one is replaced whole.
        model: what to save.
        fingerprint: of everything that went into it.
        extra: further JSON values, such as `licence`, `trained_on` and figures.
    """
    config = {
        **(extra or {}),
        "kind": KIND,
        "fingerprint": fingerprint,
        "clock": model.config.clock.fingerprint_of_tokens(),
        "model": model.config.model_dump(mode="json"),
    }
    weights = {name: value.detach().cpu().float().numpy() for name, value in model.state_dict().items()}
    save_checkpoint(folder, config, weights)


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
    saved = load_checkpoint(folder, KIND, clock)
    config = StageModelConfig.parse(saved.config["model"])
    if stage is not None and config.stage != stage:
        raise V2MeowError(f"{folder} holds the {config.stage!r} stage, not {stage!r}.", "Point to the right folder.")
    if clock is not None and clock.visual_fps != config.clock.visual_fps:
        raise StaleError(
            f"{folder} sees {config.clock.visual_fps} visual features a second, not {clock.visual_fps}.",
            "Train it again for this clock.",
        )
    model = StageModel(config)
    try:
        model.load_state_dict({name: torch.from_numpy(value) for name, value in saved.weights.items()})
    except RuntimeError as error:
        raise V2MeowError(f"The weights in {folder} do not fit its config: {error}.", "Train it again.") from error
    return model.eval()
