"""New data beside those that the champion was trained on: a table, a picture, and a stop."""

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
from v2meow_pipeline.parallel import MapExecutor
from v2meow_pipeline.tracking.runs import log_artifact, log_metrics

log = logging.getLogger(__name__)

TABLE, PICTURE = "drift.md", "drift.png"
COLUMNS = ["trait", "distance", "p_value", "shift", "n_reference", "n_new", "stops"]
NEW, OLD = "tab:orange", "tab:blue"
MOST_GENRES = 12


class DriftError(V2MeowError):
    """New data that a person should look at before a model is trained on them."""


def examine_drift(
    round_: Round, manifest: pd.DataFrame, clock: Clock, config: DriftConfig, memory: Path, executor: MapExecutor
) -> Round:
    """Compares the new training clips with the old ones, and lets a round pass whose data are not too different.

    Args:
        round_: what is new.
        manifest: of all data.
        clock: rate of the sound and length of a clip.
        config: thresholds.
        memory: where what was measured is kept.
        executor: runs the work, in this process, in several, or on Ray.

    Returns:
        The same round.

    Raises:
        DriftError: naming each trait beyond the threshold, and where the report lies.
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
    """The drift of every trait.

    Args:
        reference: traits of the old clips, as `corpus.traits.measure_clip_statistics` gives them.
        new: traits of the new clips.
        config: thresholds.

    Returns:
        A row a trait that both have values of: the fields of `metrics.drift.Drift`, and whether it stops the round.
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
    """Stops a round whose data are too different.

    Args:
        table: of `drift_table`.
        folder: of its report.

    Raises:
        DriftError: when a trait stops it.
    """
    beyond = table[table["stops"]]
    if beyond.empty:
        return
    told = ", ".join(f"{row.trait} ({row.distance:.2f}, p {row.p_value:.2g})" for row in beyond.itertuples())
    accepted = ", ".join(beyond["trait"])
    raise DriftError(
        f"The new training data differ from the old ones in {told}.",
        f"Look at {folder / PICTURE}; remove what does not belong, or accept it: retrain.drift.accepted: [{accepted}].",
    )


def to_markdown(table: pd.DataFrame) -> str:
    """The table for people."""
    lines = ["| trait | distance | p | shift, sd | old clips | new clips | |", "|---|---|---|---|---|---|---|"]
    for row in table.to_dict("records"):
        shift = "" if pd.isna(row["shift"]) else f"{row['shift']:.2f}"
        numbers = f"{row['distance']:.3f} | {row['p_value']:.3g} | {shift} | {row['n_reference']} | {row['n_new']}"
        lines.append(f"| {row['trait']} | {numbers} | {'stops' if row['stops'] else ''} |")
    return "\n".join([*lines, ""])


def plot_drift(reference: pd.DataFrame, new: pd.DataFrame, table: pd.DataFrame, path: Path) -> None:
    """Draws the traits of old and new clips over each other, as a PNG.

    Args:
        reference: traits of the old clips.
        new: traits of the new clips.
        table: of `drift_table`; only its traits are drawn.
        path: of the picture.
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
