"""Nodes of the evaluate pipeline: tables, plots and the report."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.evaluated_audio import EvaluatedAudio
from v2meow_pipeline.evaluation.report.selection import ReportClips
from v2meow_pipeline.evaluation.report.write import Material
from v2meow_pipeline.metrics.result import EvaluationResult


def tabulate_genres(result: EvaluationResult, clips: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """Computes the scores of each genre."""
    from v2meow_pipeline.metrics.by_group import summarise_by_group

    genres = dict(zip(clips["clip_id"], clips["genre"].fillna(""), strict=True))
    return pd.DataFrame(summarise_by_group(result.by_clip, genres, params["seed"], "genre"))


def tabulate_synchrony(result: EvaluationResult, clips: pd.DataFrame, params: dict[str, Any]) -> pd.DataFrame:
    """Computes the scores separately for clips with and without synchrony of picture and music."""
    from v2meow_pipeline.evaluation.synchrony import synchrony_of
    from v2meow_pipeline.metrics.by_group import summarise_by_group

    return pd.DataFrame(summarise_by_group(result.by_clip, synchrony_of(clips), params["seed"], "synchrony"))


def tabulate_splits(result: EvaluationResult, clips: pd.DataFrame) -> pd.DataFrame:
    """Computes the scores of each split."""
    from v2meow_pipeline.metrics.table import by_split

    return pd.DataFrame(by_split(result, clips["split"].iloc[0]))


def report_scores(
    result: EvaluationResult, headline: list[str], folder: Path
) -> tuple[dict[str, float], dict[str, Any], pd.DataFrame, str, Path]:
    """Reports the scores: flat metrics, JSON, metrics per clip, Markdown table, and plots; prints headline metrics."""
    from rich.console import Console

    from v2meow_pipeline.evaluation.summary_sentences import summary_sentences
    from v2meow_pipeline.metrics.plots import plot_metrics
    from v2meow_pipeline.metrics.table import flat, to_markdown, to_rich

    # The width of a terminal is known; in a log, a fixed width keeps table rows on one line.
    console = Console() if sys.stdout.isatty() else Console(width=120)
    console.print(
        to_rich(result, headline), *summary_sentences(result.summary, result.n_clips), sep="\n", highlight=False
    )
    plot_metrics(result, headline, folder)
    return flat(result), result.to_dict(), pd.DataFrame(result.by_clip), to_markdown(result), folder


def tabulate_headlines(result: EvaluationResult, headline: list[str]) -> tuple[pd.DataFrame, dict[str, float]]:
    """Collects the computed headline metrics: one row per system, and those of the model by name."""
    from v2meow_pipeline.evaluation.generate import MODEL
    from v2meow_pipeline.metrics.table import wide

    ours = {row.metric: row.value for row in result.summary if row.system == MODEL and row.value == row.value}
    return pd.DataFrame(wide(result, headline)), {metric: ours[metric] for metric in headline if metric in ours}


def select_report_clips(clips: pd.DataFrame, audio: EvaluatedAudio, count: int) -> ReportClips:
    """Selects the clips with players in the report."""
    from v2meow_pipeline.evaluation.report.selection import choose_report_clips

    return choose_report_clips(clips, audio.first_samples(), count)


def describe_provenance(generated: ShardReader, acoustic_tokenizer: Path) -> dict[str, str]:
    """Collects the fingerprints of music and codec, and the Git commit."""
    from v2meow_pipeline.checkpoint import fingerprint_of
    from v2meow_pipeline.tracking.provenance import git_tags

    made_by = {"generated music": generated.fingerprint, "codec": fingerprint_of(acoustic_tokenizer)}
    return made_by | git_tags(Path.cwd())


def collect_report_material(
    result: EvaluationResult,
    bias: pd.DataFrame,
    clips: pd.DataFrame,
    shown: ReportClips,
    headline: list[str],
    provenance: dict[str, str],
) -> Material:
    """Collects the content of the report."""
    return Material(result, bias, clips, shown, headline, provenance)


def write_evaluation_report(material: Material, params: dict[str, Any], clock: dict[str, Any], folder: Path) -> Path:
    """Writes the HTML report with media, tables for a paper, and a table of metrics per clip."""
    from v2meow_pipeline.evaluation.report.config import ReportConfig
    from v2meow_pipeline.evaluation.report.write import write_report

    return write_report(material, ReportConfig.parse(params), Clock.parse(clock), folder)
