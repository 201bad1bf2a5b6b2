"""Ingest pipeline: cuts videos into clips, and records why videos are rejected."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.ingest.nodes import collect_videos, cut_clips


def create_pipeline() -> Pipeline:
    """Creates the ingest pipeline."""
    return Pipeline(
        [
            Node(collect_videos, ["params:corpus", "videos_folder"], "video_index", name="collect_videos"),
            Node(
                cut_clips,
                [
                    "video_index",
                    "params:ingest",
                    "params:clock",
                    "executor",
                    "clip_audio_folder",
                    "examined_folder",
                ],
                ["quarantine", "clip_manifest", "clip_audio"],
                name="cut_clips",
            ),
        ]
    )
