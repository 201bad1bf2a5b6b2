"""Access to artifacts of MLflow runs."""

import tempfile

import pandas as pd


def read_parquet_of_run(run_id: str, name: str) -> pd.DataFrame | None:
    """Reads a Parquet artifact of a run.

    Args:
        run_id: id of the run.
        name: path of the artifact.

    Returns:
        Table; None if the run has no such artifact.
    """
    from mlflow import MlflowClient
    from mlflow.artifacts import download_artifacts

    if not any(file.path == name for file in MlflowClient().list_artifacts(run_id)):
        return None
    with tempfile.TemporaryDirectory(prefix="v2meow-") as scratch:
        return pd.read_parquet(download_artifacts(run_id=run_id, artifact_path=name, dst_path=scratch))
