"""Nodes of the components pipeline."""

from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader


def judge_codecs(
    manifest: pd.DataFrame, clip_audio: ShardReader, params: dict[str, Any], clock: dict[str, Any], models: Path
) -> pd.DataFrame:
    """Evaluates all codecs: one row of metrics per codec."""
    from v2meow_pipeline.evaluation.components.reports import ComponentsConfig, report_codecs

    return report_codecs(manifest, clip_audio, models, ComponentsConfig.parse(params), Clock.parse(clock))


def judge_semantic_tokens(
    manifest: pd.DataFrame, clip_audio: ShardReader, semantic: Path, clock: dict[str, Any]
) -> tuple[dict[str, float], str]:
    """Measures the musical information in semantic tokens: metrics, and a Markdown table."""
    from v2meow_pipeline.evaluation.components.semantic_tokens import report_semantics

    return report_semantics(manifest, clip_audio, semantic, Clock.parse(clock))


def judge_visual_tokens(
    manifest: pd.DataFrame, params: dict[str, Any], clock: dict[str, Any], models: Path, cache: Path, pictures: Path
) -> dict[str, float]:
    """Measures the reconstruction of frames from visual tokens; empty without a visual tokenizer."""
    from v2meow_pipeline.evaluation.components.reports import ComponentsConfig, report_visual_tokens

    config, rates = ComponentsConfig.parse(params), Clock.parse(clock)
    return report_visual_tokens(manifest, models, config, rates, cache, pictures / "visual_tokens.png")


def judge_joint_spaces(params: dict[str, Any], clock: dict[str, Any], models: Path) -> pd.DataFrame:
    """Measures retrieval with every music-text embedding: one row per embedding and direction."""
    from v2meow_pipeline.evaluation.components.reports import ComponentsConfig, report_spaces

    return pd.DataFrame(report_spaces(models, ComponentsConfig.parse(params), Clock.parse(clock)))


def draw_training(models: Path, pictures: Path) -> Path:
    """Plots the loss curves of all trained networks."""
    from v2meow_pipeline.evaluation.curves import curves_in, plot_curves

    plot_curves(curves_in(models), pictures / "training_curves.png")
    return pictures
