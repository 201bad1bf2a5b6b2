"""Nodes of the ablation pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.model_store import ModelStore


def gather_stages(
    semantic: dict[str, Any],
    coarse: dict[str, Any],
    fine: dict[str, Any],
    coarse_audio: dict[str, Any],
    coarse_direct: dict[str, Any],
) -> dict[str, Any]:
    """Collects the parameters of every stage, by stage name."""
    return {values["model"]["stage"]: values for values in (semantic, coarse, fine, coarse_audio, coarse_direct)}


def extract_for_rows(
    manifest: pd.DataFrame,
    vitvqgan: Path,
    ablation: dict[str, Any],
    visual: dict[str, Any],
    workers: int,
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> Path:
    """Extracts the visual features of all rows to shards; `vitvqgan` gives the models folder."""
    from v2meow_pipeline.corpus.features import extract_visual_features
    from v2meow_pipeline.executors.map import map_executor
    from v2meow_pipeline.experiments.ablation.config import AblationConfig

    names, executor = AblationConfig.parse(ablation).encoders(visual), map_executor(workers, backend, ray)
    models = ModelStore.containing(vitvqgan).root
    return extract_visual_features(manifest, names, Clock.parse(clock), folder, executor, models=models)


def gather_data(
    tokens: ShardReader,
    visual_features: ShardReader,
    music_text: ShardReader,
    clip_audio: ShardReader,
    semantic_tokenizer: Path,
    acoustic_tokenizer: Path,
    music_text_head: Path,
) -> tuple[dict[str, ShardReader], dict[str, Path]]:
    """Collects the shard readers for training, and the checkpoints that made their data."""
    stores = {"tokens": tokens, "visual_features": visual_features, "music_text": music_text, "clip_audio": clip_audio}
    made_with = {"semantic_tokenizer": semantic_tokenizer, "acoustic_tokenizer": acoustic_tokenizer}
    return stores, {**made_with, "music_text": music_text_head}


def gather_tests(
    evaluation_clips: dict[str, Any], generate: dict[str, Any], evaluate: dict[str, Any], visual: dict[str, Any]
) -> dict[str, Any]:
    """Collects the evaluation parameters of all rows, and the visual parameters."""
    return {"clips": evaluation_clips, "generate": generate, "measure": evaluate, "visual": visual}


def train_and_measure(
    manifest: pd.DataFrame,
    stores: dict[str, ShardReader],
    made_with: dict[str, Path],
    stages: dict[str, Any],
    tests: dict[str, Any],
    ablation: dict[str, Any],
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> tuple[EvaluationResult, pd.DataFrame]:
    """Trains and evaluates all rows: scores of rows and control systems, and validation losses of stages."""
    from v2meow_pipeline.executors.select import backend_of
    from v2meow_pipeline.experiments.ablation.config import AblationConfig
    from v2meow_pipeline.experiments.ablation.models import AblationContext, builder
    from v2meow_pipeline.experiments.ablation.run import EvaluationSetup, run_ablation

    rates = Clock.parse(clock)
    build = builder(manifest, stores, made_with, tests["visual"], rates)
    shared = ModelStore.containing(made_with["acoustic_tokenizer"]).root
    context = AblationContext(stages, build, shared, folder, backend_of(backend, ray))
    return run_ablation(AblationConfig.parse(ablation), context, EvaluationSetup.of(manifest, stores, tests, rates))


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
