"""What happens around a run: its time is told, it is tracked in MLflow, and the models that it made are registered."""

import logging
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.config import fingerprint

if TYPE_CHECKING:
    from filelock import FileLock
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline
    from kedro.pipeline.node import Node

log = logging.getLogger(__name__)

# The catalog entry that only the retrain pipeline reads.
RETRAINING = "retraining_folder"


class ProgressHooks:
    """Tells which step of how many a run is at, and once it has ended how long each took."""

    def __init__(self) -> None:
        self._steps = 0
        self._started: dict[str, float] = {}
        self._seconds: dict[str, float] = {}

    @hook_impl
    def before_pipeline_run(self, pipeline: "Pipeline") -> None:
        """Forgets the run before, where one process runs several."""
        self._steps = len(pipeline.nodes)
        self._started.clear()
        self._seconds.clear()

    @hook_impl
    def before_node_run(self, node: "Node") -> None:
        """Starts the node's clock."""
        self._started[node.name] = time.monotonic()
        log.info("Step %d of %d: %s", len(self._started), self._steps, node.name)

    @hook_impl
    def after_node_run(self, node: "Node") -> None:
        """Stops the node's clock."""
        self._seconds[node.name] = time.monotonic() - self._started[node.name]

    @hook_impl
    def after_pipeline_run(self) -> None:
        """Prints the times and keeps them with the run."""
        from v2meow_pipeline.tracking.runs import log_metrics

        for name, seconds in self._seconds.items():
            log.info("%8.1f s  %s", seconds, name)
        log_metrics({f"seconds/{name}": seconds for name, seconds in self._seconds.items()})


class EncoderHooks:
    """A run that would get as far as the visual features only to miss an encoder's weights does not begin."""

    def __init__(self) -> None:
        self._visual: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Remembers which encoders the run uses."""
        self._visual = dict(context.params["visual"])

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Looks for the weights where videos are collected and looked at in one run."""
        if {"collect_videos", "extract_visual"} <= {node.name for node in pipeline.nodes}:
            from v2meow_pipeline.corpus.variants import VisualConfig
            from v2meow_pipeline.encoders.registry import require_visual

            require_visual(VisualConfig.parse(self._visual).extracted, catalog.load("models_folder"))


class RayHooks:
    """Ends the Ray session that nodes of a run opened, if any did, however the run ends."""

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Ends it."""
        self._end()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Ends it."""
        self._end()

    def _end(self) -> None:
        from v2meow_pipeline.executors.ray.session import close_session

        close_session()


class ReproHooks:
    """Inside `dvc repro`, what older code made is made again."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Clears the way, before any node looks at what is there."""
        from v2meow_pipeline.jobs.dvc_code_guard import forget_older_code

        forget_older_code()


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
        name, tags = describe_run(_name(run_params), self._env, variant, run_params.get("runtime_params") or {})
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
        from v2meow_pipeline.tracking.artifacts import keep

        keep(kind, dataset_name, path, data)
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


class RegistryHooks:
    """The models of a run that trained stages become the candidate, and an evaluation's scores their tags."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._params: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Remembers the parameters, and what the registered model is called."""
        self._settings, self._params = dict(context.config_loader["mlflow"]), dict(context.params)

    @hook_impl
    def after_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Registers what was trained, and tags what was scored, in runs that are tracked."""
        from v2meow_pipeline.tracking.runs import TrackingConfig, run_tags

        tags, made = run_tags(), pipeline.all_outputs()
        if tags is None or not any(name == "metrics_flat" or name.endswith(".checkpoint") for name in made):
            return
        from v2meow_pipeline.composer import ComposerConfig
        from v2meow_pipeline.tracking.model_registration import register_candidate, score_candidate
        from v2meow_pipeline.tracking.outage import reporting

        name, models = TrackingConfig.parse(self._settings).model, catalog.load("models_folder")
        composer = ComposerConfig.parse(self._params["generate"]["composer"])
        with reporting():
            register_candidate(models, composer, name, made, tags)
            if "metrics_flat" in made:
                score_candidate(models, composer, name, catalog.load("metrics_flat"), self._params["headline_metrics"])


class NotifyHooks:
    """Tells a webhook or a command how a run of a pipeline that somebody waits for has ended."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._env = ""
        self._started = 0.0

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Remembers who is to be told."""
        self._settings, self._env = dict(context.config_loader["notify"]), str(context.env or "local")

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Starts the clock."""
        self._started = time.monotonic()

    @hook_impl(trylast=True)
    def after_pipeline_run(self, run_params: dict[str, Any], run_result: dict[str, Any]) -> None:
        """Tells the results that are JSON objects, such as a decision."""
        self._tell(run_params, None, run_result)

    @hook_impl(trylast=True)
    def on_pipeline_error(self, error: Exception, run_params: dict[str, Any]) -> None:
        """Tells why it failed."""
        self._tell(run_params, " ".join(str(error).split()), {})

    def _tell(self, run_params: dict[str, Any], error: str | None, outputs: dict[str, Any]) -> None:
        from v2meow_pipeline.experiments.retraining.notify import Ending, NotifyConfig, notify

        config, pipeline = NotifyConfig.parse(self._settings), _name(run_params)
        if pipeline not in config.pipelines or (config.webhook is None and config.command is None):
            return
        results = {name: value for name, dataset in outputs.items() if isinstance(value := dataset.load(), dict)}
        notify(config, Ending(pipeline, self._env, time.monotonic() - self._started, error, results))


class RetrainingHooks:
    """One retraining at a time."""

    def __init__(self) -> None:
        self._lock: FileLock | None = None

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Takes the lock, before anything is tracked."""
        if RETRAINING in pipeline.inputs():
            from v2meow_pipeline.experiments.retraining.lock import only_one

            self._lock = only_one(catalog.load(RETRAINING))

    @hook_impl(trylast=True)
    def after_pipeline_run(self) -> None:
        """Gives it back."""
        self._release()

    @hook_impl(trylast=True)
    def on_pipeline_error(self) -> None:
        """Gives it back."""
        self._release()

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


def _name(run_params: dict[str, Any]) -> str:
    """What a run is called: its pipelines, the default one "all"."""
    names = run_params.get("pipeline_names") or [run_params.get("pipeline_name") or "__default__"]
    return "+".join(names).replace("__default__", "all")
