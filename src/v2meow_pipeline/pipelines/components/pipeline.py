"""Components pipeline: evaluates each trained component separately, on held-out clips."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.components.nodes import (
    draw_training,
    judge_codecs,
    judge_joint_spaces,
    judge_semantic_tokens,
    judge_visual_tokens,
)


def create_pipeline() -> Pipeline:
    """Creates the components pipeline."""
    common = ["params:components", "params:clock", "models_folder"]
    return Pipeline(
        [
            Node(judge_codecs, ["clip_manifest", "clip_audio", *common], "codec_figures", name="judge_codecs"),
            Node(
                judge_semantic_tokens,
                ["clip_manifest", "clip_audio", "semantic_tokenizer", "params:clock"],
                ["semantic_information", "semantic_table"],
                name="judge_semantic_tokens",
            ),
            Node(
                judge_visual_tokens,
                ["clip_manifest", *common, "training_cache_folder", "components_folder"],
                "visual_token_figures",
                name="judge_visual_tokens",
            ),
            Node(judge_joint_spaces, common, "retrieval", name="judge_joint_spaces"),
            Node(draw_training, ["models_folder", "components_folder"], "component_pictures", name="draw_training"),
        ]
    )
