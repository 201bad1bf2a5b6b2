"""Features pipeline: extracts the conditioning signals of the stages."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.features import nodes
from v2meow_pipeline.shared_nodes.models import VISUAL_NETWORKS, models_node

# Nodes that the evaluation of other clips needs too: they train nothing.
EXTRACT = ("collect_visual_networks", "extract_visual", "extract_trunk", "embed_clips", "embed_music_text")


def create_pipeline() -> Pipeline:
    """Creates the features pipeline."""
    clips, clock = ["clip_manifest", "clip_audio"], "params:clock"
    visual = ["clip_manifest", "params:visual", clock, "visual_networks", "executor", "visual_features_folder"]
    trunk = [*clips, clock, "executor", "music_trunk_folder"]
    captioned = ["clip_manifest", "music_trunk", "params:music_text"]
    head = [*captioned, "params:from_scratch", "mulan.checkpoint", "music_text_head_folder"]
    single = ["music_trunk", "clip_audio", "music_text_head", clock, "executor", "music_text_folder"]
    averaged = ["clip_manifest", "clip_vectors", "music_text_head", "music_text_folder"]
    return Pipeline(
        [
            models_node("visual_networks", *VISUAL_NETWORKS),
            Node(nodes.extract_visual, visual, "visual_features", name="extract_visual"),
            Node(nodes.extract_trunk, trunk, "music_trunk", name="extract_trunk"),
            Node(nodes.fit_music_text_head, head, "music_text_head", name="fit_music_text_head"),
            Node(nodes.embed_clips, single, "clip_vectors", name="embed_clips"),
            Node(nodes.embed_music_text, averaged, "music_text", name="embed_music_text"),
        ]
    )


def create_predictor_pipeline() -> Pipeline:
    """Creates the pipeline that fits the music-text predictor of `generate.composer.predict_music_text`."""
    data = ["clip_manifest", "visual_features", "music_text", "params:visual"]
    fit = ["predictor_data", "music_text_head", "params:music_text.predictor", "music_text_predictor_folder"]
    return Pipeline(
        [
            Node(nodes.collect_predictor_data, data, "predictor_data", name="collect_predictor_data"),
            Node(nodes.fit_predictor, fit, "music_text_predictor", name="fit_predictor"),
        ]
    )


def create_judge_pipeline() -> Pipeline:
    """Creates the pipeline that fits an independent music-text embedding for `evaluate.spaces`."""
    fit = ["clip_manifest", "music_trunk", "params:music_text", "music_text_judge_folder"]
    return Pipeline([Node(nodes.fit_judge, fit, "music_text_judge", name="fit_judge")])
