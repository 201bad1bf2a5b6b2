"""Data drift between the champion's training data and new data: table, figure, and a check that stops a round."""

import logging
from pathlib import Path

import pandas as pd

from v2meow_pipeline.atomic import atomic_path, write_text
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_statistics import GENRE, NUMBERS, measure_clip_statistics
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.experiments.retraining.config import DriftConfig
from v2meow_pipeline.experiments.retraining.rounds import Round
from v2meow_pipeline.metrics.drift import category_drift, number_drift
from v2meow_pipeline.metrics.markdown import markdown_table
from v2meow_pipeline.parallel import MapExecutor
from v2meow_pipeline.tracking.runs import log_artifact, log_metrics

log = logging.getLogger(__name__)

TABLE, PICTURE = "drift.md", "drift.png"
COLUMNS = ["trait", "distance", "p_value", "shift", "n_reference", "n_new", "stops"]
NEW, OLD = "tab:orange", "tab:blue"
MOST_GENRES = 12


class DriftError(V2MeowError):
    """New training data differ too much from the old ones, and must be reviewed first."""


def examine_drift(
    round_: Round, manifest: pd.DataFrame, clock: Clock, config: DriftConfig, memory: Path, executor: MapExecutor
) -> Round:
    """Reports the drift between old and new training clips, and stops the round if it is too large.

    Args:
        round_: retraining round with the ids of new clips.
        manifest: clip manifest of old and new data.
        clock: audio sample rate and clip length.
        config: drift thresholds.
        memory: cache folder of clip statistics.
        executor: map executor: this process, several processes, or Ray.

    Returns:
        `round_`, unchanged.

    Raises:
        DriftError: when a trait exceeds the thresholds; the message gives the traits and the path of the report.
    """
    training = manifest[manifest["split"] == "train"].reset_index(drop=True)
    traits = measure_clip_statistics(training, clock, memory, executor)
    is_new = traits["clip_id"].isin(round_.new)
    table = drift_table(traits[~is_new], traits[is_new], config)
    folder = Path(round_.folder)
    write_text(folder / TABLE, to_markdown(table))
    plot_drift(traits[~is_new], traits[is_new], table, folder / PICTURE)
    for name in (TABLE, PICTURE):
        log_artifact(folder / name, "drift")
    log_metrics({f"drift/{trait}": distance for trait, distance in zip(table["trait"], table["distance"], strict=True)})
    log.info("Drift of %d new training clips:\n%s", is_new.sum(), to_markdown(table))
    stopped_by(table, folder)
    return round_


def drift_table(reference: pd.DataFrame, new: pd.DataFrame, config: DriftConfig) -> pd.DataFrame:
    """Computes the drift of every trait.

    Args:
        reference: traits of the old clips, from `corpus.clip_statistics.measure_clip_statistics`.
        new: traits of the new clips, in the same format.
        config: drift thresholds.

    Returns:
        One row per trait with values in both tables: fields of `metrics.drift.Drift`, and whether it stops the round.
    """
    rows = []
    for trait in (GENRE, *NUMBERS):
        old, fresh = reference[trait].dropna(), new[trait].dropna()
        if old.empty or fresh.empty:
            continue
        drift = (
            category_drift(old.tolist(), fresh.tolist(), config.seed)
            if trait == GENRE
            else number_drift(old.to_numpy(), fresh.to_numpy())
        )
        beyond = drift.distance > config.threshold and drift.p_value < config.significance
        rows.append({"trait": trait, **drift._asdict(), "stops": beyond and trait not in config.accepted})
    return pd.DataFrame(rows, columns=COLUMNS)


def stopped_by(table: pd.DataFrame, folder: Path) -> None:
    """Raises if the drift of a trait stops the round.

    Args:
        table: table returned by `drift_table`.
        folder: folder of the drift report, for the message.

    Raises:
        DriftError: when a trait exceeds the thresholds and is not accepted.
    """
    beyond = table[table["stops"]]
    if beyond.empty:
        return
    details = ", ".join(f"{row.trait} ({row.distance:.2f}, p {row.p_value:.2g})" for row in beyond.itertuples())
    accepted = ", ".join(beyond["trait"])
    raise DriftError(
        f"The new training data differ from the old ones in {details}.",
        f"See {folder / PICTURE}; remove unwanted data, or accept the drift: retrain.drift.accepted: [{accepted}].",
    )


def to_markdown(table: pd.DataFrame) -> str:
    """Formats the drift table as Markdown."""
    rows = []
    for row in table.to_dict("records"):
        shift = "" if pd.isna(row["shift"]) else f"{row['shift']:.2f}"
        numbers = [f"{row['distance']:.3f}", f"{row['p_value']:.3g}", shift, str(row["n_reference"]), str(row["n_new"])]
        rows.append([row["trait"], *numbers, "stops" if row["stops"] else ""])
    columns = ["trait", "distance", "p", "shift, sd", "old clips", "new clips", "result"]
    return markdown_table(columns, rows) + "\n"


def plot_drift(reference: pd.DataFrame, new: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """Plots the distributions of each trait in old and new clips.

    Args:
        reference: traits of the old clips.
        new: traits of the new clips.
        table: table returned by `drift_table`; only its traits are plotted.
        path: path of the PNG file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(12, 6), layout="constrained")
    FigureCanvasAgg(figure)
    for axes, row in zip(figure.subplots(2, 3).flat, table.itertuples(), strict=False):
        old, fresh = reference[row.trait].dropna(), new[row.trait].dropna()
        if row.trait == GENRE:
            shares = pd.DataFrame({"old": old.value_counts(normalize=True), "new": fresh.value_counts(normalize=True)})
            shares = shares.fillna(0).sort_values("old", ascending=False).head(MOST_GENRES)
            shares.plot.bar(ax=axes, color=[OLD, NEW], legend=False)
            axes.set_xlabel("")
        else:
            for values, colour in ((old, OLD), (fresh, NEW)):
                weights = [1 / len(values)] * len(values)
                low, high = min(old.min(), fresh.min()), max(old.max(), fresh.max())
                axes.hist(values, bins=20, range=(low, high), weights=weights, color=colour, alpha=0.5)
        axes.set_title(f"{row.trait}: {row.distance:.2f}, p {row.p_value:.2g}{', STOPS' if row.stops else ''}")
    figure.legend(["old", "new"], loc="outside lower center", ncols=2)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, format="png", dpi=110)
