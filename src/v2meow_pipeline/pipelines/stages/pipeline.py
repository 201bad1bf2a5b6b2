"""Stages pipeline: one namespace per stage, so that `--params semantic.train.lr=...` sets one of them."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.stages.nodes import tabulate_curves, train_one_stage
from v2meow_pipeline.shared_nodes.stages import of_stages, stage_nodes


def create_pipeline(names: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the pipeline that trains the stages `names`."""
    train = ["inputs", "models", "params:stage", "executor", "workspace"]
    stage = [
        *stage_nodes(),
        Node(train_one_stage, train, ["checkpoint", "figures"], name="train"),
        Node(tabulate_curves, "checkpoint", "curves", name="tabulate_curves"),
    ]
    return of_stages(stage, names)
