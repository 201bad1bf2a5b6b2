"""Generate: trained models to music for the evaluation clips."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.generate.nodes import choose_evaluation_clips, generate_music, soundtrack_examples


def create_pipeline() -> Pipeline:
    """The generate pipeline."""
    return Pipeline(
        [
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
                    "semantic": "semantic.checkpoint",
                    "coarse": "coarse.checkpoint",
                    "fine": "fine.checkpoint",
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
