"""Ablation pipeline: trains one model per row and evaluates all of them on the same clips."""

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.pipelines.ablation import nodes
from v2meow_pipeline.shared_nodes.models import VISUAL_NETWORKS, models_node
from v2meow_pipeline.shared_nodes.stages import STAGE_MODELS, collect_inputs, stage_inputs, stages_node


def create_pipeline() -> Pipeline:
    """Creates the ablation pipeline; the ViT-VQGAN of the variants with `vit` is trained by its own pipeline."""
    chosen = ["params:ablation", "params:visual"]
    extract = ["clip_manifest", "ablation_encoders", "params:clock", "visual_networks", "executor"]
    tests = ["params:evaluation_clips", "params:generate", "params:evaluate", "params:ablation"]
    inputs = stage_inputs(visual_features="ablation_features")
    train = ["ablation_inputs", "ablation_models", "clip_audio", "ablation_parameters", "executor", "ablation_folder"]
    scores, pictures = ["ablation_scores", "ablation_losses"], "ablation_pictures_folder"
    results = ["ablation_tables", "ablation_metrics", "ablation_by_clip", "ablation_pictures"]
    return Pipeline(
        [
            models_node("visual_networks", *VISUAL_NETWORKS),
            Node(nodes.choose_encoders, chosen, "ablation_encoders", name="choose_encoders"),
            Node(
                nodes.extract_for_rows,
                [*extract, "ablation_features_folder"],
                "ablation_features",
                name="extract_for_rows",
            ),
            Node(collect_inputs, inputs, "ablation_inputs", name="collect_ablation_inputs"),
            models_node("ablation_models", *STAGE_MODELS, "vocoder.checkpoint"),
            stages_node("ablation_stages"),
            Node(
                nodes.collect_evaluation,
                ["ablation_stages", *tests],
                "ablation_parameters",
                name="collect_ablation_parameters",
            ),
            Node(nodes.train_and_measure, train, scores, name="train_and_measure"),
            Node(nodes.report_ablation, [*scores, "params:ablation", pictures], results, name="report_ablation"),
        ]
    )
