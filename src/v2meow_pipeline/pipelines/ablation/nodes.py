"""Nodes of the ablation pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.model_store import ModelStore


def choose_encoders(ablation: dict[str, Any], visual: dict[str, Any]) -> list[str]:
    """Chooses the visual encoders that at least one row uses."""
    from v2meow_pipeline.experiments.ablation.config import AblationConfig

    return AblationConfig.parse(ablation).encoders(visual)


def extract_for_rows(
    manifest: pd.DataFrame,
    encoders: list[str],
    clock: dict[str, Any],
    networks: ModelStore,
    executor: Executor,
    folder: Path,
) -> Path:
    """Extracts the visual features of all rows to shards."""
    from v2meow_pipeline.corpus.features import extract_visual_features

    rates, to_shards = Clock.parse(clock), executor.map("features")
    return extract_visual_features(manifest, encoders, rates, folder, to_shards, models=networks.root)


def collect_evaluation(
    stages: dict[str, Any],
    evaluation_clips: dict[str, Any],
    generate: dict[str, Any],
    evaluate: dict[str, Any],
    ablation: dict[str, Any],
) -> dict[str, Any]:
    """Collects the parameters of the training and evaluation of all rows."""
    tests = {"clips": evaluation_clips, "generate": generate, "measure": evaluate}
    return {"stages": stages, "tests": tests, "ablation": ablation}


def train_and_measure(
    inputs: StageInputs,
    models: ModelStore,
    clip_audio: ShardReader,
    parameters: dict[str, Any],
    executor: Executor,
    folder: Path,
) -> tuple[EvaluationResult, pd.DataFrame]:
    """Trains and evaluates all rows: scores of rows and control systems, and validation losses of stages."""
    from v2meow_pipeline.experiments.ablation.config import AblationConfig
    from v2meow_pipeline.experiments.ablation.models import AblationContext
    from v2meow_pipeline.experiments.ablation.run import EvaluationSetup, run_ablation

    context = AblationContext(parameters["stages"], inputs, models, folder, executor)
    setup = EvaluationSetup.of(inputs, clip_audio, parameters["tests"])
    return run_ablation(AblationConfig.parse(parameters["ablation"]), context, setup)


def report_ablation(
    result: EvaluationResult, losses: pd.DataFrame, ablation: dict[str, Any], folder: Path
) -> tuple[str, dict[str, Any], pd.DataFrame, Path]:
    """Reports the ablation: the paper's tables, all metrics, metrics per clip and system, and Figure 3."""
    from v2meow_pipeline.experiments.ablation.config import AblationConfig
    from v2meow_pipeline.experiments.ablation.figure import draw_figure
    from v2meow_pipeline.experiments.ablation.tables import paper_tables, quality_metrics, stages_compared

    config = AblationConfig.parse(ablation)
    draw_figure(result, stages_compared(config), quality_metrics(result), folder / "figure_3.png")
    return paper_tables(result, losses, config), result.to_dict(), pd.DataFrame(result.by_clip), folder
