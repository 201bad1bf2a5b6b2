"""Generate pipeline: generates music for the evaluation clips with trained models."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.generate.nodes import (
    choose_evaluation_clips,
    generate_music,
    record_composer,
    soundtrack_examples,
)

RECORD = "record_composer"


def create_pipeline(stages: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the generate pipeline; its generation depends on the checkpoints of `stages`."""
    return Pipeline(
        [
            Node(record_composer, "params:generate.composer", "composer", name=RECORD),
            Node(
                choose_evaluation_clips,
                ["clip_manifest", "params:evaluation_clips"],
                "evaluation_clips",
                name="choose_evaluation_clips",
            ),
            Node(
                generate_music,
                {
                    "clips": "evaluation_clips",
                    "features": "visual_features",
                    **{name: f"{name}.checkpoint" for name in stages},
                    "acoustic_tokenizer": "acoustic_tokenizer",
                    "params": "params:generate",
                    "folder": "generated_folder",
                },
                "generated",
                name="generate_music",
            ),
            Node(
                soundtrack_examples,
                ["evaluation_clips", "generated", "params:generate", "params:clock", "examples_folder"],
                "examples",
                name="soundtrack_examples",
            ),
        ]
    )
