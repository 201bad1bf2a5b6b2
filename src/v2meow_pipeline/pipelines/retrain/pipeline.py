"""Retrain pipeline: detects new data, trains a challenger from the champion, and decides on its promotion."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES
from v2meow_pipeline.pipelines.retrain.nodes import (
    decide_round,
    detect_new_data,
    examine_drift,
    gather_parameters,
    score_both,
    train_challenger,
)

STORES = ("clip_audio", "visual_features", "music_trunk", "tokens", "music_text")


def create_pipeline() -> Pipeline:
    """Creates the retrain pipeline."""
    return Pipeline([*_data_nodes(), *_training_nodes()])


def _data_nodes() -> list[Node]:
    """Nodes that detect new data and check their drift."""
    stages = {name: f"params:{name}" for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    shared = {name: f"params:{name}" for name in ("evaluation_clips", "generate", "visual", "clock")}
    return [
        Node(gather_parameters, {**stages, **shared}, "retraining_parameters", name="gather_parameters"),
        Node(
            detect_new_data,
            {
                "corpus": "params:corpus",
                "ingest": "params:ingest",
                "clock": "params:clock",
                "retrain": "params:retrain",
                "parameters": "retraining_parameters",
                "known": "clip_manifest",
                "videos": "videos_folder",
                "memory": "examined_folder",
                "folder": "retraining_folder",
            },
            ["retraining_manifest", "retraining_round"],
            name="detect_new_data",
        ),
        Node(
            examine_drift,
            [
                "retraining_round",
                "retraining_manifest",
                "params:retrain",
                "params:clock",
                "params:backend",
                "params:ray",
                "retraining_folder",
            ],
            "retraining_examined",
            name="examine_drift",
        ),
    ]


def _training_nodes() -> list[Node]:
    """Nodes that train and score the challenger, and decide on its promotion."""
    common = ["retraining_manifest", "retraining_parameters", "params:retrain"]
    return [
        Node(
            train_challenger,
            [
                "retraining_examined",
                *common,
                "params:backend",
                "params:ray",
                "retraining_folder",
                *(f"{name}_folder" for name in STORES),
            ],
            "retraining_trained",
            name="train_challenger",
        ),
        Node(
            score_both,
            ["retraining_trained", *common, "retraining_folder"],
            "retraining_scores",
            name="score_both",
        ),
        Node(
            decide_round,
            ["retraining_examined", "retraining_scores", *common[1:]],
            "retraining_decision",
            name="decide_round",
        ),
    ]
