"""MLflow child runs of trials; several can be open at once, so none of them becomes the active run."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.tracking.outage import answers, reporting
from v2meow_pipeline.tracking.runs import PART, VARIANT, ChildRun, run_tags


def open_run(name: str, params: Mapping[str, Any]) -> ChildRun | None:
    """Opens a child run of the active run.

    Args:
        name: name of the trial; logged as the tag `part`, and with the variant as the run name.
        params: parameters of the trial.

    Returns:
        Handle of the child run; None without an active run.
    """
    parent_tags = run_tags()
    if parent_tags is None:
        return None
    import mlflow
    from mlflow.entities import Param
    from mlflow.environment_variables import MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

    active, client = mlflow.active_run(), mlflow.MlflowClient()
    assert active is not None
    tags = {**parent_tags, PART: name, MLFLOW_PARENT_RUN_ID: active.info.run_id}
    title = " ".join([name, parent_tags.get(VARIANT, "")]).strip()
    with reporting():
        run_id = client.create_run(active.info.experiment_id, tags=tags, run_name=title).info.run_id
        client.log_batch(run_id, params=[Param(key, str(value)) for key, value in params.items()])
        return ChildRun(run_id, mlflow.get_tracking_uri(), MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.get() or 1)
    return None


def close_run(child: ChildRun | None, metrics: Mapping[str, float], tags: Mapping[str, str]) -> None:
    """Ends a child run opened by `open_run`.

    Args:
        child: handle of the child run; None does nothing.
        metrics: results of the trial.
        tags: tags with the outcome of the trial.
    """
    if child is None or not answers():
        return
    from mlflow import MlflowClient
    from mlflow.entities import Metric, RunTag

    client = MlflowClient()
    values = [Metric(key, value, 0, 0) for key, value in metrics.items()]
    with reporting():
        client.log_batch(child.run_id, metrics=values, tags=[RunTag(key, value) for key, value in tags.items()])
        client.set_terminated(child.run_id)
