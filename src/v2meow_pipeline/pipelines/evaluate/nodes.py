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
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    tokens: ShardReader,
    visual_features: ShardReader,
    music_text: ShardReader,
    generated: ShardReader,
    acoustic_tokenizer: Path,
    params: dict[str, Any],
    decoder: Literal["griffin_lim", "vocoder"],
    clock: dict[str, Any],
    baselines: Path,
) -> tuple[EvaluationResult, pd.DataFrame]:
    """Scores of every system, baseline and control, and how often a look of the video leads to a genre."""
    from v2meow_pipeline.evaluation.evaluate import EvaluationConfig, evaluate_systems

    stores = {"clip_audio": clip_audio, "tokens": tokens, "visual_features": visual_features}
    stores |= {"music_text": music_text, "generated": generated}
    config, rates = EvaluationConfig.parse(params), Clock.parse(clock)
    return evaluate_systems(clips, manifest, stores, acoustic_tokenizer, config, rates, baselines, decoder)


def tabulate_genres(result: EvaluationResult, clips: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """The scores of each genre by itself."""
    from v2meow_pipeline.metrics.by_genre import summarise_by_genre

    genres = dict(zip(clips["clip_id"], clips["genre"].fillna(""), strict=True))
    return pd.DataFrame(summarise_by_genre(result.by_clip, genres, params["seed"]))


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
    plot_metrics(result, headline, folder)
    return flat(result), result.to_dict(), pd.DataFrame(result.by_clip), to_markdown(result), folder


def tabulate_headlines(result: EvaluationResult, headline: list[str]) -> pd.DataFrame:
    """The headline metrics that were computed, a row a system."""
    from v2meow_pipeline.metrics.table import wide

    return pd.DataFrame(wide(result, headline))
