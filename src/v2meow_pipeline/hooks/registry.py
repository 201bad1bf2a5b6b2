"""Hook that registers trained models and tags them with their scores."""

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class RegistryHooks:
    """Hook that registers trained models as candidate, and tags the candidate with evaluation scores."""

    def __init__(self) -> None:
        self._settings: dict[str, Any] = {}
        self._params: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Stores the parameters and the MLflow settings."""
        self._settings, self._params = dict(context.config_loader["mlflow"]), dict(context.params)

    @hook_impl
    def after_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Registers trained models and tags evaluated ones, if the run is tracked."""
        from v2meow_pipeline.tracking.runs import TrackingConfig, run_tags

        tags, outputs = run_tags(), pipeline.all_outputs()
        if tags is None or not any(name == "metrics_flat" or name.endswith(".checkpoint") for name in outputs):
            return
        from v2meow_pipeline.composer import ComposerConfig
        from v2meow_pipeline.tracking.model_registration import register_candidate, score_candidate
        from v2meow_pipeline.tracking.outage import reporting

        name, models = TrackingConfig.parse(self._settings).model, catalog.load("models_folder")
        composer = ComposerConfig.parse(self._params["generate"]["composer"])
        with reporting():
            register_candidate(models, composer, name, outputs, tags)
            if "metrics_flat" in outputs:
                score_candidate(models, composer, name, catalog.load("metrics_flat"), self._params["headline_metrics"])
