"""Ablation results as the paper's tables; cells of Table 1 are "semantic stage only / acoustic stage too"."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.evaluation.generate import TEXT_ONLY, WITH_TEXT
from v2meow_pipeline.experiments.ablation.config import SUFFIXES, AblationConfig
from v2meow_pipeline.metrics.keys import describe, heading
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.table import show_number, show_row

QUALITY = ("fad_", "kld_", "mcc_", "tempo_within_8pct_equivalent_")
BEATS = ("beat_coverage_adjusted", "beat_hit_adjusted", "beat_f1_adjusted")


def paper_tables(result: EvaluationResult, losses: pd.DataFrame, config: AblationConfig) -> str:
    """Formats all tables as Markdown.

    Args:
        result: scores returned by `run_ablation`.
        losses: validation losses returned by `run_ablation`.
        config: ablation configuration with the rows.

    Returns:
        Tables 1, 2 and 4, the numbers of Figure 3, and the losses, each with a title; empty tables are left out.
    """
    parts = [
        _section("Table 1: visual features, semantic stage only / acoustic stage too", _table_1(result, config)),
        _section("Table 2: beats, percent (coverage / hit / F1)", _table_2(result, config)),
        _section(
            "Table 4: win rate of each variant over all pairs of variants, per clip, percent",
            _table_4(result, config),
        ),
        _section(
            "Figure 3: stages, and visual conditioning of each stage",
            _table_of_systems(result, stages_compared(config)),
        ),
        _section("Second stage and text conditioning", _table_of_systems(result, _others(result, config))),
        _section("Validation loss of each stage, nats per token", _loss_table(losses)),
    ]
    return "\n".join(part for part in parts if part)


def _section(title: str, table: str) -> str:
    return f"## {title}\n\n{table}\n" if table else ""


def quality_metrics(result: EvaluationResult) -> list[str]:
    """Metric keys of Table 1's columns: FAD, KLD, MCC, and tempo."""
    return [metric for metric in result.metrics() if metric.startswith(QUALITY) and "per_clip" not in metric]


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Markdown table with one row per system or variant; "" without rows."""
    return markdown_table(["", *columns], rows) if rows else ""


def _pairs(config: AblationConfig) -> dict[str, dict[bool, str]]:
    """Row names of the paper's path by visual variant, and by whether the acoustic stage is visually conditioned."""
    found: dict[str, dict[bool, str]] = {}
    for name, row in config.rows.items():
        if row.path == "paper" and row.variant != "none":
            found.setdefault(row.variant, {})[row.acoustic] = name
    return found


def _value(result: EvaluationResult, system: str | None, metric: str) -> str:
    try:
        return show_number(result.row(system or "", metric).value)
    except KeyError:
        return ""


def _table_1(result: EvaluationResult, config: AblationConfig) -> str:
    metrics = quality_metrics(result)
    rows = []
    for variant, names in _pairs(config).items():
        cells = [
            " / ".join(_value(result, names.get(acoustic), metric) or "–" for acoustic in (False, True))
            for metric in metrics
        ]
        rows.append([variant, *cells])
    for system in [name for name in result.systems() if name not in _model_systems(result, config)]:
        rows.append([system, *(_value(result, system, metric) for metric in metrics)])
    return _table([heading(metric) for metric in metrics], rows)


def _model_systems(result: EvaluationResult, config: AblationConfig) -> set[str]:
    return {name + suffix for name in config.rows for suffix in SUFFIXES.values()} & set(result.systems())


def _table_2(result: EvaluationResult, config: AblationConfig) -> str:
    rows = []
    found = {(row.system, row.metric): row for row in result.summary}
    for system in result.systems():
        cells = [show_row(found.get((system, metric)), result.n_clips) for metric in BEATS]
        if any(cells):
            rows.append([system, *cells])
    return _table([heading(metric) for metric in BEATS], rows)


def _table_4(result: EvaluationResult, config: AblationConfig) -> str:
    variants = {variant: names[True] for variant, names in _pairs(config).items() if True in names}
    metrics = [metric for metric in _per_clip(result) if metric.startswith(QUALITY)]
    rows: list[list[str]] = []
    if len(variants) < 2:
        return ""
    for variant, name in variants.items():
        others = [other for other in variants.values() if other != name]
        cells = [f"{100 * win_rate(result, name, others, metric):.1f}" for metric in metrics]
        rows.append([variant, *cells])
    return _table([heading(metric) for metric in metrics], rows)


def _per_clip(result: EvaluationResult) -> list[str]:
    """Keys of per-clip metrics that have a direction (higher or lower is better)."""
    keys = [key for key in result.by_clip[0] if key not in ("system", "clip_id", "tempo_bpm")]
    return [key for key in keys if describe(key).better != "reference"]


def win_rate(result: EvaluationResult, system: str, others: Sequence[str], metric: str) -> float:
    """Fraction of comparisons in which a system scores better than another system on the same clip.

    Ties and clips without scores count as half a win. The paper measures win rates by human preference; this is a proxy
    by a metric.

    Args:
        result: evaluation result with per-clip scores.
        system: system whose wins are counted.
        others: systems to compare with, each on all clips.
        metric: key of a per-clip metric.

    Returns:
        Win rate in [0, 1].
    """
    scores: dict[str, dict[str, float]] = {}
    for row in result.by_clip:
        scores.setdefault(str(row["system"]), {})[str(row["clip_id"])] = float(row.get(metric, np.nan))
    sign = 1 if describe(metric).better == "higher" else -1
    differences = [sign * (scores[system][clip] - scores[other][clip]) for other in others for clip in scores[system]]
    return float(np.mean([0.5 if not d else float(d > 0) for d in np.nan_to_num(differences)]))


def stages_compared(config: AblationConfig) -> list[str]:
    """Rows of Figure 3: all rows of the variants that have a row without semantic stage, and rows without video."""
    direct = {row.variant for row in config.rows.values() if row.path == "direct"}
    return [
        name
        for name, row in config.rows.items()
        if row.path != "audio_only_coarse" and (row.variant in direct or row.variant == "none")
    ]


def _others(result: EvaluationResult, config: AblationConfig) -> list[str]:
    """Rows that compare the two strategies of the second stage, and rows with captions."""
    strategies = {row.variant for row in config.rows.values() if row.path == "audio_only_coarse"}
    compared = [n for n, row in config.rows.items() if row.variant in strategies and row.path != "direct"]
    texts = [system for system in result.systems() if system.endswith((SUFFIXES[WITH_TEXT], SUFFIXES[TEXT_ONLY]))]
    return [*compared, *texts]


def _table_of_systems(result: EvaluationResult, systems: Sequence[str]) -> str:
    """Table with one row per system and one column per metric, with intervals."""
    metrics = quality_metrics(result)
    found = {(row.system, row.metric): row for row in result.summary}
    rows = [[name, *(show_row(found.get((name, metric)), result.n_clips) for metric in metrics)] for name in systems]
    return _table([heading(metric) for metric in metrics], rows)


def _loss_table(losses: pd.DataFrame) -> str:
    stages = list(dict.fromkeys(losses["stage"]))
    found = {(row["row"], row["stage"]): row["val/loss"] for row in losses.to_dict("records")}
    names = dict.fromkeys(losses["row"])
    rows = [[name, *(show_number(found.get((name, stage), np.nan)) for stage in stages)] for name in names]
    return _table(stages, rows)
