"""Features pipeline: extracts the conditioning signals of the stages."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.features.nodes import (
    embed_music_text,
    extract_trunk,
    extract_visual,
    fit_judge,
    fit_music_text_head,
    fit_predictor,
)


def create_pipeline() -> Pipeline:
    """Creates the features pipeline."""
    return Pipeline(
        [
            Node(
                extract_visual,
                [
                    "clip_manifest",
                    "params:visual",
                    "params:features.workers",
                    "params:clock",
                    "params:backend",
                    "params:ray",
                    "models_folder",
                    "visual_features_folder",
                ],
                "visual_features",
                name="extract_visual",
            ),
            Node(
                extract_trunk,
                [
                    "clip_manifest",
                    "clip_audio",
                    "params:features.workers",
                    "params:clock",
                    "params:backend",
                    "params:ray",
                    "music_trunk_folder",
                ],
                "music_trunk",
                name="extract_trunk",
            ),
            Node(
                fit_music_text_head,
                [
                    "clip_manifest",
                    "music_trunk",
                    "params:music_text",
                    "params:from_scratch",
                    "models_folder",
                    "music_text_head_folder",
                ],
                "music_text_head",
                name="fit_music_text_head",
            ),
            Node(
                embed_music_text,
                [
                    "clip_manifest",
                    "music_trunk",
                    "clip_audio",
                    "music_text_head",
                    "params:clock",
                    "params:features.workers",
                    "params:backend",
                    "params:ray",
                    "music_text_folder",
                ],
                "music_text",
                name="embed_music_text",
            ),
        ]
    )


def create_predictor_pipeline() -> Pipeline:
    """Creates the pipeline that fits the music-text predictor of `generate.composer.predict_music_text`."""
    inputs = [
        "clip_manifest",
        "visual_features",
        "music_text",
        "music_text_head",
        "params:music_text.predictor",
        "params:visual",
        "music_text_predictor_folder",
    ]
    return Pipeline([Node(fit_predictor, inputs, "music_text_predictor", name="fit_predictor")])


def create_judge_pipeline() -> Pipeline:
    """Creates the pipeline that fits an independent music-text embedding for `evaluate.spaces`."""
    inputs = ["clip_manifest", "music_trunk", "params:music_text", "music_text_judge_folder"]
    return Pipeline([Node(fit_judge, inputs, "music_text_judge", name="fit_judge")])
