"""Report of a study: HTML and Markdown pages, plots, all votes and comments as CSV, and all numbers as JSON."""

import json
import math
from importlib.resources import files
from pathlib import Path
from typing import Any

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.study.analysis.analyse import HEADINGS, QuestionResult, StudyAnalysis
from v2meow_pipeline.study.analysis.plots import plot_by_genre, plot_strengths, plot_win_rates
from v2meow_pipeline.study.analysis.tables import tables_of
from v2meow_pipeline.study.analysis.votes import write_comments, write_csv

NOTES = (
    "A win is a clear or slight preference. Neutral answers are ties: excluded in the first win rate, half a win for "
    "each side in the second. Both are zero-sum.",
    "Wilson intervals and the sign test take votes as independent. The resampled interval (raters and clips drawn with "
    "replacement) does not, so it is the one to report; it needs at least two raters and two clips, and is too "
    "narrow for fewer than about ten of each.",
    "Strengths are log odds of the Bradley-Terry model relative to the mean of all systems, ties split, with intervals "
    "from resampled raters and clips.",
)


def write_report(analysis: StudyAnalysis, folder: Path) -> None:
    """Writes report.html, report.md, the plots, votes.csv, comments.csv and results.json.

    Args:
        analysis: results of the study.
        folder: output folder; created if needed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots = {"win_rates.png": "Win rates without ties; intervals from resampled raters and clips"}
    plot_win_rates(analysis.questions, folder / "win_rates.png")
    plots["strengths.png"] = "Bradley-Terry strengths"
    plot_strengths(analysis.questions, folder / "strengths.png")
    if any(result.by_genre for result in analysis.questions):
        plots["by_genre.png"] = "Win rates per genre, without ties; intervals from resampled raters and clips"
        plot_by_genre(analysis.questions, folder / "by_genre.png")
    write_csv(analysis.votes, folder / "votes.csv")
    write_comments(analysis.comments, folder / "comments.csv")
    write_text(folder / "results.json", json.dumps(_as_json(analysis), indent=1) + "\n")
    write_text(folder / "report.md", _markdown(analysis, plots))
    write_text(folder / "report.html", _html(analysis, plots))


def facts_of(result: QuestionResult) -> list[str]:
    """Agreement of the raters, and balance of the sides, in sentences."""
    alpha = result.agreement.alpha
    shown = f"not available: {result.agreement.reason}" if math.isnan(alpha) else f"{alpha:.2f}"
    return [
        f"Krippendorff's alpha (ordinal, {result.agreement.pairs} pairs with at least two raters): {shown}.",
        f"The track that was presented first won {result.first_wins} of {result.decisive} votes that are not ties.",
    ]


def _markdown(analysis: StudyAnalysis, plots: dict[str, str]) -> str:
    parts = [f"# {analysis.title}", "\n".join(f"- {line}" for line in analysis.sentences())]
    for result in analysis.questions:
        parts += [f"## {HEADINGS[result.question]}", "\n".join(f"- {fact}" for fact in facts_of(result))]
        for table in tables_of(result):
            rows = [[cell.replace("|", "/") for cell in row] for row in table.rows]
            parts += [f"### {table.title}", markdown_table(table.columns, rows)]
    parts += [f"![{text}]({name})" for name, text in plots.items()]
    parts += ["## Notes", "\n".join(f"- {note}" for note in NOTES)]
    return "\n\n".join(parts) + "\n"


def _html(analysis: StudyAnalysis, plots: dict[str, str]) -> str:
    """The page; all content is escaped."""
    from jinja2 import Environment, StrictUndefined

    source = files(__package__).joinpath("report_files/report.html.jinja").read_text(encoding="utf-8")
    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True).from_string(source)
    sections = [(HEADINGS[r.question], facts_of(r), tables_of(r)) for r in analysis.questions]
    return template.render(
        title=analysis.title, sentences=analysis.sentences(), sections=sections, plots=plots, notes=NOTES
    )


def _as_json(analysis: StudyAnalysis) -> dict[str, Any]:
    """All results without the votes; NaN becomes null."""
    questions = [_plain(result) for result in analysis.questions]
    counts = {"votes": len(analysis.used), "raters": analysis.raters, "raters_left_out": analysis.left_out}
    return {"title": analysis.title, "systems": list(analysis.systems), **counts, "questions": questions}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple) and hasattr(value, "_asdict"):
        return {name: _plain(part) for name, part in value._asdict().items()}
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
