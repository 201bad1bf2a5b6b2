"""Hook that registers trained models and tags them with their scores."""

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


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
