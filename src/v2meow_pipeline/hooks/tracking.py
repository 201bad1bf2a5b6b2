"""Hook that tracks each run in MLflow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.hooks.run_name import run_name
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, STAGE_NAMES

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class TrackingHooks:
    """Hook that logs each pipeline run to an MLflow run: parameters, provenance, and datasets marked in the catalog."""

    def __init__(self) -> None:
        self._project = Path()
        self._env = ""
        self._settings: dict[str, Any] = {}
        self._params: dict[str, Any] = {}
        self._catalog: DataCatalog | None = None
        self._clips_logged = False

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Stores project, environment, MLflow settings and parameters."""
        self._project, self._env = Path(context.project_path), str(context.env or "local")
        self._settings, self._params = dict(context.config_loader["mlflow"]), dict(context.params)

    @hook_impl
    def after_catalog_created(self, catalog: "DataCatalog") -> None:
        """Stores the catalog; its entries mark what is logged (`metadata: {mlflow: ...}`, tracking/artifacts.py)."""
        self._catalog = catalog

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: "Pipeline") -> None:
        """Starts the MLflow run."""
        from v2meow_pipeline.tracking.naming import describe_run
        from v2meow_pipeline.tracking.provenance import dvc_tags, git_tags
        from v2meow_pipeline.tracking.runs import MODEL_TAG, TrackingConfig, start_run

        config = TrackingConfig.parse(self._settings)
        if not config.enabled:
            return
        self._clips_logged = False
        variant = self._params["visual"]["variant"] if _depends_on_visual(pipeline) else None
        name, tags = describe_run(run_name(run_params), self._env, variant, run_params.get("runtime_params") or {})
        tags |= {"config.fingerprint": fingerprint(self._params), MODEL_TAG: config.model}
        tags |= git_tags(self._project) | dvc_tags(self._project)
        start_run(self._project, config, name, self._params, tags)

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Logs the clips that the run uses, from the manifest."""
        kind, path = self._marked(dataset_name)
        if kind == "clips":
            self._log_clips(path, data)

    @hook_impl(trylast=True)
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Logs a marked dataset to the MLflow run."""
        kind, path = self._marked(dataset_name)
        if kind is None:
            return
        from v2meow_pipeline.tracking.artifacts import log_dataset

        log_dataset(kind, dataset_name, path, data)
        if kind == "clips":
            self._log_clips(path, data)

    def _marked(self, dataset_name: str) -> tuple[Any, Path]:
        """Value of the catalog's `mlflow` mark of a dataset (None if unmarked), and path of its file."""
        if self._catalog is None:
            return None, self._project
        entry = self._catalog.config_resolver.resolve_pattern(dataset_name)
        return (entry.get("metadata") or {}).get("mlflow"), self._project / entry.get("filepath", "")

    def _log_clips(self, path: Path, manifest: Any) -> None:
        """Logs the clips once per run, although many nodes load the manifest."""
        from v2meow_pipeline.tracking.lineage import log_clips
        from v2meow_pipeline.tracking.runs import run_tags

        if not self._clips_logged and (tags := run_tags()) is not None:
            log_clips(manifest, path, tags)
            self._clips_logged = True

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Ends the MLflow run as finished."""
        self._end(failed=False)

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Ends the MLflow run as failed."""
        self._end(failed=True)

    def _end(self, failed: bool) -> None:
        from v2meow_pipeline.tracking.runs import end_run

        end_run(failed)


def _depends_on_visual(pipeline: "Pipeline") -> bool:
    """Whether a run extracts visual features, trains a network, or reads a stage."""
    stages = {f"{name}.checkpoint" for name in (*STAGE_NAMES, *ALTERNATIVE_STAGES)}
    trains = any(name.endswith(".checkpoint") for name in pipeline.all_outputs())
    return trains or bool({"params:visual", *stages} & pipeline.all_inputs())
