"""Hook that prevents concurrent retraining rounds."""

from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from filelock import FileLock
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline

# Catalog entry that only the retrain pipeline reads.
RETRAINING = "retraining_folder"


class RetrainingHooks:
    """Hook that holds a file lock during a retraining round."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Acquires the lock before an MLflow run is started."""
        if RETRAINING in pipeline.inputs():
            from v2meow_pipeline.experiments.retraining.lock import only_one

            self._lock = only_one(catalog.load(RETRAINING))

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Releases the lock."""
        self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Releases the lock."""
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None
