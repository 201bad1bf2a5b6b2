"""Nodes that collect data, models and parameters of stages."""

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd
from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES
from v2meow_pipeline.shared_nodes.models import VISUAL_NETWORKS, models_node

# Checkpoints that made the tokens and embeddings of the stages.
STAGE_MODELS = ("semantic_tokenizer", "acoustic_tokenizer", "music_text_head", *VISUAL_NETWORKS)


def collect_inputs(
    manifest: pd.DataFrame,
    tokens: ShardReader,
    visual_features: ShardReader,
    music_text: ShardReader,
    visual: dict[str, Any],
    clock: dict[str, Any],
) -> StageInputs:
    """Collects the data that stages are trained on."""
    return StageInputs.of(manifest, tokens, visual_features, music_text, visual, clock)


def stage_inputs(**overrides: str) -> dict[str, str]:
    """Inputs of `collect_inputs` by argument; `overrides` replaces datasets, such as features="ablation_features"."""
    datasets = {name: name for name in ("tokens", "visual_features", "music_text")}
    return {"manifest": "clip_manifest", **datasets, "visual": "params:visual", "clock": "params:clock", **overrides}


def collect_stages(
    semantic: dict[str, Any],
    coarse: dict[str, Any],
    fine: dict[str, Any],
    coarse_audio: dict[str, Any],
    coarse_direct: dict[str, Any],
) -> dict[str, Any]:
    """Collects the parameters of every stage, by stage name."""
    return {values["model"]["stage"]: values for values in (semantic, coarse, fine, coarse_audio, coarse_direct)}


def stages_node(output: str) -> Node:
    """Node that collects the parameters of every stage into the dataset `output`."""
    stages = {name: f"params:{name}" for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    return Node(collect_stages, stages, output, name=f"collect_{output}")


def stage_nodes(**overrides: str) -> list[Node]:
    """Nodes that collect the data and the models of stages as `inputs` and `models`; see `stage_inputs`."""
    return [
        Node(collect_inputs, stage_inputs(**overrides), "inputs", name="collect_inputs"),
        models_node("models", *STAGE_MODELS),
    ]


def of_stages(nodes: Iterable[Node], names: Sequence[str], shared: Sequence[str] = ()) -> Pipeline:
    """Pipeline with the nodes of each stage in the stage's namespace.

    Args:
        nodes: nodes of one stage, whose parameters are `params:stage`.
        names: names of the stages.
        shared: further datasets and parameters that all stages share.

    Returns:
        Pipeline of all stages.
    """
    used = {*stage_inputs().values(), *STAGE_MODELS, "executor", *shared}
    common = {name: name for name in used if name.startswith("params:")}
    stage, datasets = Pipeline(nodes), used - set(common)
    return sum(
        (
            Pipeline(stage, namespace=name, inputs=datasets, parameters={**common, "params:stage": f"params:{name}"})
            for name in names
        ),
        Pipeline([]),
    )
