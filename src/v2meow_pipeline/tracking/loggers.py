"""Lightning logger that writes to an existing MLflow run, from any process."""

from argparse import Namespace
from collections.abc import Mapping
from typing import Any

from lightning.pytorch.loggers import MLFlowLogger
from mlflow.environment_variables import MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS

from v2meow_pipeline.tracking.outage import answers, reporting, watch_queue


class RunLogger(MLFlowLogger):
    """Logs metrics to an existing run in batches from a background thread.

    A killed process loses the last unwritten batch. If the store becomes unreachable, logging stops and the training
    continues.
    """

    def __init__(self, run_id: str, tracking_uri: str, write_every_s: int) -> None:
        """Configures asynchronous logging; nothing is written yet.

        Args:
            run_id: id of the run; of several training processes, only rank 0 writes to it.
            tracking_uri: URI of the MLflow store that contains the run.
            write_every_s: interval between batches, s; writing every step would take 30 to 60 ms per step.
        """
        MLFLOW_ASYNC_LOGGING_BUFFERING_SECONDS.set(write_every_s)
        watch_queue()
        super().__init__(run_id=run_id, tracking_uri=tracking_uri, synchronous=False)

    def log_metrics(self, metrics: Mapping[str, float], step: int | None = None) -> None:
        """Queues metric values.

        Args:
            metrics: values by metric name.
            step: training step of the values.
        """
        if answers():
            with reporting():
                super().log_metrics(metrics, step)

    def log_hyperparams(self, params: dict[str, Any] | Namespace) -> None:
        """Queues parameters.

        Args:
            params: nested parameters.
        """
        if answers():
            with reporting():
                super().log_hyperparams(params)

    def finalize(self, status: str = "success") -> None:
        """Flushes the queue, then marks the run as ended.

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
