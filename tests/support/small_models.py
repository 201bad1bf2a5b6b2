"""Models that compose in a second: the release's codec with small, untrained stages and windows of two seconds."""

import json
import shutil
from pathlib import Path

import torch

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import composer_of
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.checkpointing import save_stage
from v2meow_pipeline.models.stage_model import StageModel, StageModelConfig
from v2meow_pipeline.release import MODEL_FOLDER

ROOT = Path(__file__).parents[2]
RELEASE = ROOT / "weights/src/v2meow_weights" / MODEL_FOLDER
SIZES = {"width": 32, "heads": 2, "head_width": 16, "feed_forward": 48, "encoder_layers": 1, "decoder_layers": 1}
CLIP_S = 2.0


def make_small_models(folder: Path) -> Path:
    """A folder of models that `Composer.from_pretrained` loads.

    Args:
        folder: folder to make.

    Returns:
        The folder.
    """
    for name in (
        "acoustic_tokenizer",
        "audio_prompts",
        "music_text",
        "music_text_predictor",
        "semantic_tokenizer",
        "vocoder",
    ):
        shutil.copytree(RELEASE / name, folder / name)
    for name in ("semantic", "coarse_audio"):
        _save_small_stage(RELEASE / name / "checkpoint", folder / name / "checkpoint")
    sampling = composer_of(RELEASE).changed(guard=False).model_copy(update={"takes": 1}).model_dump(mode="json")
    ModelStore(folder).composer_file.write_text(json.dumps(sampling))
    return folder


def _save_small_stage(trained: Path, folder: Path) -> None:
    config = read_config(trained)
    values = config["model"]
    values["transformer"] |= SIZES
    values["clock"]["clip_s"] = CLIP_S
    if values["crop_s"] is not None:
        values["crop_s"] = CLIP_S
    torch.manual_seed(0)
    model = StageModel(StageModelConfig.parse(values)).eval()
    save_stage(folder, model, config["fingerprint"], {"made_with": config["made_with"]})
