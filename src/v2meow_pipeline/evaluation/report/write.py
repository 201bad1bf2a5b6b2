"""Writing of the evaluation report: HTML page, figures, Markdown tables, and a CSV table of per-clip scores."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias, cast

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.evaluation.report.config import ReportConfig
from v2meow_pipeline.evaluation.report.families import CONTROL_SYSTEMS, OTHER_SYSTEMS, in_order
from v2meow_pipeline.evaluation.report.figures import draw_groups, draw_reliability, draw_saturation
from v2meow_pipeline.evaluation.report.page import render_page
from v2meow_pipeline.evaluation.report.players import Player, make_players
from v2meow_pipeline.evaluation.report.selection import ReportClips
from v2meow_pipeline.evaluation.report.separation import Reliability, reliabilities
from v2meow_pipeline.evaluation.report.tables import (
    MetricTable,
    by_clip_table,
    describe_systems,
    family_tables,
    headline_table,
    pivots,
    split_tables,
    to_paper,
)
from v2meow_pipeline.evaluation.summary_sentences import summary_sentences
from v2meow_pipeline.metrics.by_group import summarise_by_group
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.spreadsheet import without_formulas
from v2meow_pipeline.metrics.table import by_split

PAGE, PAPER, CLIPS, FIGURES = "index.html", "tables.md", "by_clip.csv", "figures"
FIGURE_METRICS = 4
# Copy of `synthetic.CORPUS`; importing it would make the report depend on the code that renders scenes.
SYNTHETIC = "synthetic"
Records: TypeAlias = list[dict[str, Any]]


class Material(NamedTuple):
    """Content of a report.

    Attributes:
        result: scores.
        lifts: lifts of looks and genres, with the columns `evaluation.visual_bias.LIFT_COLUMNS`.
        clips: manifest rows of the evaluated clips.
        shown: clips with players.
        headline: keys of the metrics in the figures and in the tables by split and genre.
        made_by: provenance: name -> fingerprint of music, codec and code.
    """

    result: EvaluationResult
    lifts: pd.DataFrame
    clips: pd.DataFrame
    shown: ReportClips
    headline: Sequence[str]
    made_by: Mapping[str, str]


def write_report(material: Material, config: ReportConfig, clock: Clock, folder: Path) -> Path:
    """Writes the report.

    Args:
        material: content of the report.
        config: number and compression of the players.
        clock: sample rate of the audio.
        folder: output directory.

    Returns:
        The output directory with `index.html` (self-contained), `figures/*.png`, `tables.md` and `by_clip.csv`.
    """
    found = reliabilities(material.result)
    groups = _groups(material)
    figures = _draw(material, found, groups, folder / FIGURES)
    players = make_players(material.shown, clock, config)
    write_text(folder / PAGE, render_page(page_content(material, found, groups, figures, players)))
    headline = _headline(material)
    of_genres = {
        key: grid for key, grid in pivots(groups["genre"], "metric", "genre", "system").items() if key in headline
    }
    tables = family_tables(material.result, found)
    write_text(folder / PAPER, to_paper(material.result, tables, _splits(material, found), found, of_genres))
    without_formulas(by_clip_table(material.result, material.clips)).to_csv(folder / CLIPS, index=False)
    return folder


def page_content(
    material: Material,
    found: Sequence[Reliability],
    groups: Mapping[str, Sequence[Mapping[str, Any]]],
    figures: Mapping[str, Path],
    players: Sequence[Player],
) -> dict[str, Any]:
    """Variables of the page template.

    Args:
        material: content of the report.
        found: reliability of each metric.
        groups: "genre", and with several splits "split" -> scores by group.
        figures: name -> path of the PNG file.
        players: players of the clips.

    Returns:
        Name -> value.
    """
    clips, result = material.clips, material.result
    return {
        "result": result,
        "summary_sentences": summary_sentences(result.summary, result.n_clips),
        "systems": describe_systems(result.systems(), CONTROL_SYSTEMS | OTHER_SYSTEMS),
        "splits": clips["split"].value_counts(sort=False).to_dict(),
        "genres": clips["genre"].fillna("").replace("", "unknown").value_counts().to_dict(),
        "corpora": clips["corpus"].value_counts().to_dict(),
        "synthetic": int((clips["corpus"] == SYNTHETIC).sum()),
        "made_by": material.made_by,
        "headline_table": headline_table(result, material.headline, found),
        "n_metrics": len(result.metrics()),
        "all_tables": PAPER,
        "reliabilities": found,
        "groups": {name: pivots(rows, "metric", name, "system") for name, rows in groups.items()},
        "split_tables": _splits(material, found),
        "headline": _headline(material),
        "lifts": pivots(cast(Records, material.lifts.to_dict("records")), "system", "look", "genre"),
        "figures": {name: path.read_bytes() for name, path in figures.items()},
        "players": players,
        "order": in_order(material.shown.systems),
    }


def _groups(material: Material) -> dict[str, list[dict[str, str | float]]]:
    """Scores by genre, and by split if there are several."""
    clips, result = material.clips, material.result
    genres = dict(zip(clips["clip_id"], clips["genre"].fillna("").astype(str), strict=True))
    groups = {"genre": summarise_by_group(result.by_clip, genres, result.seed, "genre")}
    if result.by_split:
        groups["split"] = by_split(result, clips["split"].iloc[0])
    return groups


def _splits(material: Material, found: Sequence[Reliability]) -> list[MetricTable]:
    return split_tables(material.result, material.clips, material.headline, found)


def _headline(material: Material) -> list[str]:
    """Headline metrics that are per-clip metrics and can therefore be averaged over groups of clips."""
    return [key for key in material.headline if key in material.result.by_clip[0]]


def _draw(
    material: Material,
    found: Sequence[Reliability],
    groups: Mapping[str, Sequence[Mapping[str, str | float | int]]],
    folder: Path,
) -> dict[str, Path]:
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.png"):
        old.unlink()
    paths = {name: folder / f"{name}.png" for name in ("saturation", "reliability")}
    draw_saturation(material.result, paths["saturation"])
    draw_reliability(found, paths["reliability"])
    metrics = _headline(material)[:FIGURE_METRICS]
    for name, rows in groups.items() if metrics else ():
        paths[f"by_{name}"] = folder / f"by_{name}.png"
        draw_groups(rows, name, metrics, paths[f"by_{name}"])
    return paths
