"""Generate pipeline: generates music for the evaluation clips with trained models."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.generate import nodes
from v2meow_pipeline.shared_nodes.models import VISUAL_NETWORKS, models_node

RECORD = "record_composer"
# Checkpoints that generation reads beside those of the stages; which optional ones, depends on the parameters.
COMPONENTS = ("acoustic_tokenizer", "semantic_tokenizer", "style_models", "visual_networks", "vocoder.checkpoint")
STYLE = ("music_text_head", "music_text_predictor", "audio_prompts")


def create_pipeline(stages: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the generate pipeline; its generation depends on the checkpoints of `stages`."""
    choose = ["clip_manifest", "params:evaluation_clips"]
    generate = ["evaluation_clips", "visual_features", "generation_models", "params:generate", "generated_folder"]
    examples = ["evaluation_clips", "generated", "params:generate", "params:clock", "examples_folder"]
    trained = [f"{name}.checkpoint" for name in stages]
    return Pipeline(
        [
            Node(nodes.record_composer, "params:generate.composer", "composer", name=RECORD),
            Node(nodes.choose_evaluation_clips, choose, "evaluation_clips", name="choose_evaluation_clips"),
            models_node("style_models", *STYLE),
            models_node("generation_components", *COMPONENTS),
            models_node("visual_networks", *VISUAL_NETWORKS),
            models_node("generation_models", "generation_components", *trained),
            Node(nodes.generate_music, generate, "generated", name="generate_music"),
            Node(nodes.soundtrack_examples, examples, "examples", name="soundtrack_examples"),
        ]
    )
