"""Logging of catalog datasets to the active MLflow run: metrics, files, tables, images, curves."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.tracking.outage import reporting
from v2meow_pipeline.tracking.runs import is_tracked, log_artifact, log_metrics

# Values of `metadata: {mlflow: ...}` in catalog entries.
Kind = Literal["artifact", "metrics", "table", "pictures", "curves", "clips"]

METRICS_PER_CALL = 1000
LONGEST_TABLE = 5000


def log_dataset(kind: Kind, name: str, path: Path, data: Any) -> None:
    """Logs a dataset to the active run; does nothing without one.

    Args:
        kind: "artifact" logs the file or folder; "metrics" also logs the values as metrics; "table" also logs the rows
            as a table that the UI shows; "pictures" logs a folder, and its PNG files as images that the UI compares
            across runs; "curves" logs the loss curves of a checkpoint; "clips" logs the file of a manifest (its lineage
            is logged by `log_clips`).
        name: name of the dataset.
        path: path of the dataset's file or folder.
        data: data returned by the node.
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
    """Logs a table that the UI can show and compare with other runs."""
    import mlflow

    mlflow.log_table(data, f"tables/{name}.json")


def log_pictures(folder: Path) -> None:
    """Logs the PNG files of a folder as images that the UI can compare with other runs."""
    import mlflow

    for path in sorted(folder.glob("*.png")):
        mlflow.log_image(mlflow.Image(str(path)), key=f"{folder.name}/{path.stem}", step=0, synchronous=True)


def log_curves(name: str, checkpoint: Path) -> None:
    """Logs the curves of a checkpoint to the active run; during training they are logged to the child run only.

    Args:
        name: name of the trained stage or network; prefix of the metric names, such as `curve/<name>/train_loss`.
        checkpoint: checkpoint folder.
    """
    import mlflow
    from mlflow.entities import Metric

    curves: Mapping[str, Sequence[tuple[float, float]]] = read_config(checkpoint).get("curves", {})
    points = [
        Metric(f"curve/{name}/{metric.replace('/', '_')}", float(value), 0, int(step))
        for metric, curve in curves.items()
        for step, value in curve
        if value == value
    ]
    active = mlflow.active_run()
    assert active is not None
    for first in range(0, len(points), METRICS_PER_CALL):
        mlflow.MlflowClient().log_batch(active.info.run_id, metrics=points[first : first + METRICS_PER_CALL])
