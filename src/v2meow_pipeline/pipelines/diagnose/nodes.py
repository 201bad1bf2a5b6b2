"""Nodes of the diagnose pipeline."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig, DiagnosedModels
from v2meow_pipeline.evaluation.diagnosis.stage_bits import StageBits
from v2meow_pipeline.metrics.result import EvaluationResult


def choose_diagnosed_clips(manifest: pd.DataFrame, params: dict[str, Any]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Selects the clips of the diagnosis, and those that the genre judge is trained on: rows of the manifest."""
    from v2meow_pipeline.evaluation.diagnosis.config import choose_diagnosed
    from v2meow_pipeline.evaluation.genre_judge import judge_clips

    return choose_diagnosed(manifest, DiagnoseConfig.parse(params)), judge_clips(manifest)


def choose_diagnosed_models(params: dict[str, Any], composer: dict[str, Any], default: Path) -> DiagnosedModels:
    """Selects the models to diagnose, and their sampling configuration."""
    from v2meow_pipeline.composer import ComposerConfig
    from v2meow_pipeline.evaluation.diagnosis.config import choose_models

    return choose_models(DiagnoseConfig.parse(params), default, ComposerConfig.parse(composer))


def encode_diagnosed_clips(
    clips: pd.DataFrame, clip_audio: ShardReader, models: DiagnosedModels, params: dict[str, Any], folder: Path
) -> Path:
    """Encodes the clips' original music to shards of tokens."""
    from v2meow_pipeline.evaluation.diagnosis.generate import encode_true_tokens

    return encode_true_tokens(clips, clip_audio, models, DiagnoseConfig.parse(params), folder)


def measure_bits(
    clips: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    music_text: ShardReader,
    models: DiagnosedModels,
) -> dict[str, StageBits]:
    """Measures the cross-entropy of each stage in bits per second, with and without video."""
    from v2meow_pipeline.jobs.diagnosis import measure_stage_bits

    return measure_stage_bits(models, tokens, features, music_text, clips["clip_id"].tolist())


def generate_diagnosed(
    clips: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    models: DiagnosedModels,
    params: dict[str, Any],
    folder: Path,
) -> Path:
    """Generates shards of waveforms, one column per system."""
    from v2meow_pipeline.evaluation.diagnosis.generate import generate_systems

    return generate_systems(clips, tokens, features, models, DiagnoseConfig.parse(params), folder)


def score_diagnosed(
    clips: pd.DataFrame,
    judged: pd.DataFrame,
    clip_audio: ShardReader,
    generated: ShardReader,
    models: DiagnosedModels,
    params: dict[str, Any],
) -> EvaluationResult:
    """Scores of all systems."""
    from v2meow_pipeline.evaluation.diagnosis.score import score_systems

    return score_systems(clips, judged, clip_audio, generated, models, DiagnoseConfig.parse(params))


def report_diagnosis(
    result: EvaluationResult, bits: dict[str, StageBits], params: dict[str, Any], folder: Path
) -> tuple[dict[str, float], dict[str, Any], pd.DataFrame, str, Path]:
    """Reports scores and bits: flat metrics, JSON, metrics per clip, Markdown table, and figure; prints the table."""
    from rich.console import Console

    from v2meow_pipeline.evaluation.diagnosis.stage_bits import with_bits
    from v2meow_pipeline.evaluation.diagnosis.table import print_table, table_columns
    from v2meow_pipeline.metrics.plots import plot_panels
    from v2meow_pipeline.metrics.table import flat, to_markdown

    config = DiagnoseConfig.parse(params)
    result = with_bits(result, bits, config)
    columns = table_columns(result, config.judges)
    # The width of a terminal is known; in a log, a fixed width keeps table rows on one line.
    print_table(result, columns, Console() if sys.stdout.isatty() else Console(width=160))
    plot_panels(result, columns, folder / "diagnosis.png")
    return flat(result), result.to_dict(), pd.DataFrame(result.by_clip), to_markdown(result, columns), folder
