"""Stages pipeline: one namespace per stage, so that `--params semantic.train.lr=...` sets one of them."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.stages.nodes import tabulate_curves, train_one_stage

SHARED_INPUTS = {
    "clip_manifest",
    "tokens",
    "visual_features",
    "music_text",
    "semantic_tokenizer",
    "acoustic_tokenizer",
    "music_text_head",
}
SHARED_PARAMETERS = {"params:visual", "params:clock", "params:backend", "params:ray"}


def create_pipeline(names: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the pipeline that trains the stages `names`."""
    stage = Pipeline(
        [
            Node(
                train_one_stage,
                {
                    "manifest": "clip_manifest",
                    "tokens": "tokens",
                    "features": "visual_features",
                    "music_text": "music_text",
                    "semantic_tokenizer": "semantic_tokenizer",
                    "acoustic_tokenizer": "acoustic_tokenizer",
                    "music_text_head": "music_text_head",
                    "model": "params:model",
                    "train": "params:train",
                    "visual": "params:visual",
                    "clock": "params:clock",
                    "backend": "params:backend",
                    "ray": "params:ray",
                    "workspace": "workspace",
                },
                ["checkpoint", "figures"],
                name="train",
            ),
            Node(tabulate_curves, "checkpoint", "curves", name="tabulate_curves"),
        ]
    )
    return sum(
        (Pipeline(stage, namespace=name, inputs=SHARED_INPUTS, parameters=SHARED_PARAMETERS) for name in names),
        Pipeline([]),
    )
