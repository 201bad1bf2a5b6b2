"""Data lineage: logs the clips that a run uses as MLflow dataset inputs."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.tracking.outage import reporting
from v2meow_pipeline.tracking.runs import is_tracked

NAME = "clips"
# Columns that identify a clip; the other columns of a manifest are derived from it.
IDENTITY = ["clip_id", "sha256", "start_s", "end_s"]


def log_clips(manifest: pd.DataFrame, path: Path, tags: Mapping[str, str]) -> str | None:
    """Logs the clips of a manifest to the active run, one dataset input per split.

    Args:
        manifest: clip manifest of the corpus.
        path: path of the manifest file.
        tags: tags of the run; those of DVC are copied to each input.

    Returns:
        Fingerprint of all clips and their splits; None without an active run.
    """
    import mlflow
    from mlflow.data.pandas_dataset import from_pandas

    if not is_tracked():
        return None
    dvc_tags, digest = (
        {key: value for key, value in tags.items() if key.startswith("dvc.")},
        clips_fingerprint(manifest),
    )
    with reporting():
        for split, rows in manifest.groupby("split", sort=True):
            with warnings.catch_warnings(action="ignore"):  # MLflow warns of integer columns
                dataset = from_pandas(
                    rows.reset_index(drop=True), source=str(path), name=NAME, digest=clips_fingerprint(rows)
                )
                mlflow.log_input(dataset, context=str(split), tags=dict(dvc_tags))
        mlflow.set_tags({"clips.fingerprint": digest, "clips.count": len(manifest)})
    return digest


def clips_fingerprint(manifest: pd.DataFrame) -> str:
    """Fingerprint (16 hex digits) of the contents, positions and splits of all clips."""
    columns = [name for name in [*IDENTITY, "split"] if name in manifest]
    return fingerprint(manifest[columns].astype(str).values.tolist())
