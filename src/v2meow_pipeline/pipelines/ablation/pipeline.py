"""Ablation pipeline: trains one model per row and evaluates all of them on the same clips."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES
from v2meow_pipeline.pipelines.ablation.nodes import (
    extract_for_rows,
    gather_data,
    gather_stages,
    gather_tests,
    report_ablation,
    train_and_measure,
)

STORES = ("tokens", "ablation_features", "music_text", "clip_audio")
CHECKPOINTS = ("semantic_tokenizer", "acoustic_tokenizer", "music_text_head")


def create_pipeline() -> Pipeline:
    """Creates the ablation pipeline; the ViT-VQGAN of the variants with `vit` is trained by its own pipeline."""
    stages = {name: f"params:{name}" for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    tests = {name: f"params:{name}" for name in ("evaluation_clips", "generate", "evaluate", "visual")}
    return Pipeline(
        [
            Node(
                extract_for_rows,
                {
                    "manifest": "clip_manifest",
                    "vitvqgan": "vitvqgan.checkpoint",
                    "ablation": "params:ablation",
                    "visual": "params:visual",
                    "workers": "params:features.workers",
                    "clock": "params:clock",
                    "backend": "params:backend",
                    "ray": "params:ray",
                    "folder": "ablation_features_folder",
                },
                "ablation_features",
                name="extract_for_rows",
            ),
            Node(gather_stages, stages, "ablation_stages", name="gather_stages"),
            Node(gather_data, [*STORES, *CHECKPOINTS], ["ablation_stores", "ablation_made_with"], name="gather_data"),
            Node(gather_tests, tests, "ablation_tests", name="gather_tests"),
            Node(
                train_and_measure,
                {
                    "manifest": "clip_manifest",
                    "stores": "ablation_stores",
                    "made_with": "ablation_made_with",
                    "stages": "ablation_stages",
                    "tests": "ablation_tests",
                    "ablation": "params:ablation",
                    "clock": "params:clock",
                    "backend": "params:backend",
                    "ray": "params:ray",
                    "folder": "ablation_folder",
                },
                ["ablation_scores", "ablation_losses"],
                name="train_and_measure",
            ),
            Node(
                report_ablation,
                ["ablation_scores", "ablation_losses", "params:ablation", "ablation_pictures_folder"],
                ["ablation_tables", "ablation_metrics", "ablation_by_clip", "ablation_pictures"],
                name="report_ablation",
            ),
        ]
    )
