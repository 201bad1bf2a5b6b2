"""Hook that tracks each run in MLflow."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.hooks.run_name import run_name

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class TrackingHooks:
    """One MLflow run for each pipeline run, with its parameters, provenance, and what the catalog marks for it."""

    def __init__(self) -> None:
        self._project = Path()
        self._env = ""
        self._settings: dict[str, Any] = {}
        self._params: dict[str, Any] = {}
        self._catalog: DataCatalog | None = None
        self._clips_told = False

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Remembers which project, environment and parameters the run has."""
        self._project, self._env = Path(context.project_path), str(context.env or "local")
        self._settings, self._params = dict(context.config_loader["mlflow"]), dict(context.params)

    @hook_impl
    def after_catalog_created(self, catalog: "DataCatalog") -> None:
        """Remembers the catalog, whose entries say what is kept (`metadata: {mlflow: ...}`, tracking/artifacts.py)."""
        self._catalog = catalog

    @hook_impl
    def before_pipeline_run(self, run_params: dict[str, Any], pipeline: "Pipeline") -> None:
        """Starts the run, before any node."""
        from v2meow_pipeline.tracking.naming import describe_run
        from v2meow_pipeline.tracking.provenance import dvc_tags, git_tags
        from v2meow_pipeline.tracking.runs import MODEL_TAG, TrackingConfig, start_run

        config = TrackingConfig.parse(self._settings)
        if not config.enabled:
            return
        self._clips_told = False
        sees = any(name == "params:visual" or name.endswith(".checkpoint") for name in pipeline.all_inputs())
        variant = self._params["visual"]["variant"] if sees else None
        name, tags = describe_run(run_name(run_params), self._env, variant, run_params.get("runtime_params") or {})
        tags |= {"config.fingerprint": fingerprint(self._params), MODEL_TAG: config.model}
        tags |= git_tags(self._project) | dvc_tags(self._project)
        start_run(self._project, config, name, self._params, tags)

    @hook_impl
    def after_dataset_loaded(self, dataset_name: str, data: Any) -> None:
        """Tells which clips the run sees."""
        kind, path = self._marked(dataset_name)
        if kind == "clips":
            self._tell_clips(path, data)

    @hook_impl(trylast=True)
    def after_dataset_saved(self, dataset_name: str, data: Any) -> None:
        """Keeps a marked dataset with the run."""
        kind, path = self._marked(dataset_name)
        if kind is None:
            return
        from v2meow_pipeline.tracking.artifacts import log_dataset

        log_dataset(kind, dataset_name, path, data)
        if kind == "clips":
            self._tell_clips(path, data)

    def _marked(self, dataset_name: str) -> tuple[Any, Path]:
        """What the catalog says is kept of a dataset, if anything, and where it lies."""
        if self._catalog is None:
            return None, self._project
        entry = self._catalog.config_resolver.resolve_pattern(dataset_name)
        return (entry.get("metadata") or {}).get("mlflow"), self._project / entry.get("filepath", "")

    def _tell_clips(self, path: Path, manifest: Any) -> None:
        """Once a run, though many nodes read the manifest."""
        from v2meow_pipeline.tracking.lineage import log_clips
        from v2meow_pipeline.tracking.runs import run_tags

        if not self._clips_told and (tags := run_tags()) is not None:
            log_clips(manifest, path, tags)
            self._clips_told = True

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Ends the run as finished."""
        self._end(failed=False)

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Ends the run as failed."""
        self._end(failed=True)

    def _end(self, failed: bool) -> None:
        from v2meow_pipeline.tracking.runs import end_run

        end_run(failed)
