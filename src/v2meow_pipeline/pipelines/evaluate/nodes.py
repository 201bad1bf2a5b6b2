"""Nodes of the evaluate pipeline."""

import sys
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.metrics.result import EvaluationResult


def score_systems(
    clips: pd.DataFrame,
    clip_audio: ShardReader,
    tokens: ShardReader,
    generated: ShardReader,
    acoustic_tokenizer: Path,
    params: dict[str, Any],
    decoder: Literal["griffin_lim", "vocoder"],
    clock: dict[str, Any],
) -> EvaluationResult:
    """Scores of every system and control."""
    from v2meow_pipeline.evaluation.evaluate import SystemsConfig, evaluate_systems

    config, rates = SystemsConfig.parse(params), Clock.parse(clock)
    return evaluate_systems(clips, clip_audio, tokens, generated, acoustic_tokenizer, config, rates, decoder)


def report_scores(
    result: EvaluationResult, headline: list[str], folder: Path
) -> tuple[dict[str, float], dict[str, Any], pd.DataFrame, str, Path]:
    """The scores as flat numbers, as JSON, by clip, as a table, and as plots; the headline metrics are printed too."""
    from rich.console import Console

    from v2meow_pipeline.metrics.plots import plot_metrics
    from v2meow_pipeline.metrics.table import flat, to_markdown, to_rich

    # A terminal is as wide as it is; in a log the table needs room.
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(to_rich(result, headline))
    plot_metrics(result, folder)
    return flat(result), result.to_dict(), pd.DataFrame(result.by_clip), to_markdown(result), folder


def tabulate_headlines(result: EvaluationResult, headline: list[str]) -> pd.DataFrame:
    """The headline metrics that were computed, a row a system."""
    from v2meow_pipeline.metrics.table import wide

    return pd.DataFrame(wide(result, headline))
