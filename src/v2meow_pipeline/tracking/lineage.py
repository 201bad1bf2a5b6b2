"""Which clips a run saw, as MLflow's dataset inputs."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.tracking.outage import reporting
from v2meow_pipeline.tracking.runs import is_tracked

NAME = "clips"
# Columns that say what a clip is; the rest of a manifest is measured from it.
IDENTITY = ["clip_id", "sha256", "start_s", "end_s"]


def log_clips(manifest: pd.DataFrame, path: Path, tags: Mapping[str, str]) -> str | None:
    """Tells the active run which clips it sees, an input a split.

    Args:
        manifest: of the corpus.
        path: where it lies.
        tags: of the run; those of DVC go with each input.

    Returns:
        The fingerprint of all clips and their splits, or None where nothing is tracked.
    """
    import mlflow
    from mlflow.data.pandas_dataset import from_pandas

    if not is_tracked():
        return None
    hashes, whole = {key: value for key, value in tags.items() if key.startswith("dvc.")}, clips_fingerprint(manifest)
    with reporting():
        for split, rows in manifest.groupby("split", sort=True):
            with warnings.catch_warnings(action="ignore"):  # of integers that could be missing, once a split
                dataset = from_pandas(
                    rows.reset_index(drop=True), source=str(path), name=NAME, digest=clips_fingerprint(rows)
                )
                mlflow.log_input(dataset, context=str(split), tags=dict(hashes))
        mlflow.set_tags({"clips.fingerprint": whole, "clips.count": len(manifest)})
    return whole


def clips_fingerprint(manifest: pd.DataFrame) -> str:
    """16 hex digits that change with any clip's bytes, place or split."""
    columns = [name for name in [*IDENTITY, "split"] if name in manifest]
    return fingerprint(manifest[columns].astype(str).values.tolist())
