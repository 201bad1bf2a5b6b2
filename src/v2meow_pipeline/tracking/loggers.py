"""The Lightning logger of an MLflow run, in whatever process trains."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from lightning.pytorch.loggers import MLFlowLogger
from mlflow.environment_variables import MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS

from v2meow_pipeline.tracking.outage import answers, reporting, watch_queue


class RunLogger(MLFlowLogger):
    """Writes curves to a run that exists, some seconds of them at a time, in a thread of its own.

    A process that is killed loses those seconds. A store that does not answer any more ends the curves, not the
    training.
    """

    def __init__(self, run_id: str, tracking_uri: str, write_every_s: int) -> None:
        """Writes nothing yet.

        Args:
            run_id: of the run; only the first of several training processes writes to it.
            tracking_uri: of the store that it is in.
            write_every_s: a write of its own for every step takes 30 to 60 ms.
        """
        MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.set(write_every_s)
        watch_queue()
        super().__init__(run_id=run_id, tracking_uri=tracking_uri, synchronous=False)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Queues points of curves.

        Args:
            metrics: by name.
            step: where on the curves.
        """
        if answers():
            with reporting():
                super().log_metrics(metrics, step)

    def log_hyperparams(self, params: dict[str, Any] | Namespace) -> None:
        """Queues parameters.

        Args:
            params: nested.
        """
        if answers():
            with reporting():
                super().log_hyperparams(params)

    def finalize(self, status: str = "success") -> None:
        """Writes what is left before the run is marked as ended.

        Args:
            status: "success" or "failed".
        """
        import mlflow

        if not answers():
            return
        with reporting():
            if self._initialized:
                mlflow.flush_async_logging()
            super().finalize(status)
