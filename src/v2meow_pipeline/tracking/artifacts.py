"""What a run keeps of the datasets that it wrote: numbers, files, tables, pictures, curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.tracking.outage import reporting
from v2meow_pipeline.tracking.runs import is_tracked, log_artifact, log_metrics

# `metadata: {mlflow: ...}` of a catalog entry.
Kind = Literal["artifact", "metrics", "table", "pictures", "curves", "clips"]

METRICS_PER_CALL = 1000
LONGEST_TABLE = 5000


def log_dataset(kind: Kind, name: str, path: Path, data: Any) -> None:
    """Keeps a dataset with the active run; nothing where nothing is tracked.

    Args:
        kind: "artifact": the file or folder. "metrics": the numbers, and the file. "table": rows that the UI shows and
            compares, and the file. "pictures": a folder, whose PNG files the UI also shows beside those of other runs.
            "curves": those of a checkpoint. "clips": a manifest, whose lineage `log_clips` told when it was loaded.
        name: of the dataset.
        path: where it lies.
        data: what the node returned for it.
    """
    if not is_tracked():
        return
    with reporting():
        if kind == "curves":
            log_curves(name.partition(".")[0], path)
            return
        if kind == "metrics":
            log_metrics(data)
        elif kind == "table" and len(data) <= LONGEST_TABLE:
            log_table(name, data)
        elif kind == "pictures":
            log_pictures(path)
        log_artifact(path)


def log_table(name: str, data: Any) -> None:
    """Lets the UI show a table and compare its rows with those of other runs."""
    import mlflow

    mlflow.log_table(data, f"tables/{name}.json")


def log_pictures(folder: Path) -> None:
    """Lets the UI show the PNG files of a folder beside those of other runs, under their names."""
    import mlflow

    for path in sorted(folder.glob("*.png")):
        mlflow.log_image(mlflow.Image(str(path)), key=f"{folder.name}/{path.stem}", step=0, synchronous=True)


def log_curves(name: str, checkpoint: Path) -> None:
    """Writes a checkpoint's curves to the active run, where runs are compared; live, they are the child run's.

    Args:
        name: of what was trained; its curves become `curve/<name>/train_loss` and so on.
        checkpoint: its folder.
    """
    import mlflow
    from mlflow.entities import Metric

    curves: Mapping[str, Sequence[tuple[float, float]]] = read_config(checkpoint).get("curves", {})
    points = [
        Metric(f"curve/{name}/{figure.replace('/', '_')}", float(value), 0, int(step))
        for figure, curve in curves.items()
        for step, value in curve
        if value == value
    ]
    active = mlflow.active_run()
    assert active is not None
    for first in range(0, len(points), METRICS_PER_CALL):
        mlflow.MlflowClient().log_batch(active.info.run_id, metrics=points[first : first + METRICS_PER_CALL])
