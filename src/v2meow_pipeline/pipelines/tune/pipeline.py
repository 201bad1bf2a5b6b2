"""Tune pipeline: one namespace per stage; `--namespaces coarse` runs only one study."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.tune.nodes import search_parameters

SHARED_INPUTS = {
    "clip_manifest",
    "tokens",
    "visual_features",
    "music_text",
    "semantic_tokenizer",
    "acoustic_tokenizer",
    "music_text_head",
    "tuned_environment",
}
SHARED_PARAMETERS = {"params:tune", "params:visual", "params:clock", "params:backend", "params:ray"}


def create_pipeline(names: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the pipeline that tunes the stages `names`."""
    stage = Pipeline(
        [
            Node(
                search_parameters,
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
                    "tune": "params:tune",
                    "visual": "params:visual",
                    "clock": "params:clock",
                    "backend": "params:backend",
                    "ray": "params:ray",
                    "folder": "study_folder",
                    "environment": "tuned_environment",
                    "pictures": "study_pictures_folder",
                },
                ["study_figures", "study_trials", "study_pictures"],
                name="tune",
            )
        ]
    )
    return sum(
        (Pipeline(stage, namespace=name, inputs=SHARED_INPUTS, parameters=SHARED_PARAMETERS) for name in names),
        Pipeline([]),
    )
