"""Retrain pipeline: detects new data, trains a challenger from the champion, and decides on its promotion."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.retrain import nodes
from v2meow_pipeline.shared_nodes.stages import stages_node

KNOWN = ("clip_audio", "visual_features", "music_trunk", "tokens", "music_text")


def create_pipeline() -> Pipeline:
    """Creates the retrain pipeline."""
    return Pipeline([*_data_nodes(), *_training_nodes()])


def _data_nodes() -> list[Node]:
    """Nodes that detect new data and check their drift."""
    shared = [f"params:{name}" for name in ("evaluation_clips", "generate", "visual", "clock")]
    videos = ["params:corpus", "params:ingest", "params:clock", "videos_folder", "examined_folder"]
    detect = ["retraining_videos", "params:retrain", "retraining_parameters", "clip_manifest", "retraining_folder"]
    found = ["retraining_manifest", "retraining_round"]
    drift = [*reversed(found), "params:retrain", "params:clock", "executor", "retraining_folder"]
    return [
        stages_node("retraining_stages"),
        Node(
            nodes.collect_parameters, ["retraining_stages", *shared], "retraining_parameters", name="collect_parameters"
        ),
        Node(nodes.collect_current_videos, videos, "retraining_videos", name="collect_current_videos"),
        Node(nodes.detect_new_data, detect, found, name="detect_new_data"),
        Node(nodes.examine_drift, drift, "retraining_examined", name="examine_drift"),
    ]


def _training_nodes() -> list[Node]:
    """Nodes that train and score the challenger, and decide on its promotion."""
    common = ["retraining_parameters", "params:retrain"]
    job = ["retraining_examined", "retraining_manifest", *common, "retraining_folder"]
    known = [f"{name}_folder" for name in KNOWN]
    train, score = ["retraining_job", "known_shards", "executor"], ["retraining_trained", "retraining_job"]
    decide = ["retraining_examined", "retraining_scores", *common]
    return [
        Node(nodes.collect_round, job, "retraining_job", name="collect_round"),
        Node(nodes.collect_known_shards, known, "known_shards", name="collect_known_shards"),
        Node(nodes.train_challenger, train, "retraining_trained", name="train_challenger"),
        Node(nodes.score_both, score, "retraining_scores", name="score_both"),
        Node(nodes.decide_round, decide, "retraining_decision", name="decide_round"),
    ]
