"""Kedro hooks that change a run's configuration: the stages of its path, and what it takes from the release."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.pipeline import Pipeline

    from v2meow_pipeline.release import Release

log = logging.getLogger(__name__)


class ReleaseHooks:
    """Takes from the release what a run asks for, and lets the pipelines follow `generate.composer.path`."""

    def __init__(self) -> None:
        self._release: Release | None = None
        self._reporting = Path()

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: "KedroContext") -> None:
        """Changes the configuration before anything is read from it."""
        from v2meow_pipeline.jobs.release_evaluation import is_asked_for
        from v2meow_pipeline.jobs.release_start import start_parameters
        from v2meow_pipeline.release import open_release

        loader, self._release = context.config_loader, None
        if is_asked_for(loader["parameters"]):
            self._release = open_release()
            self._evaluate(self._release, loader, Path(context.project_path))
            return
        if not loader["parameters"]["from_scratch"]:
            loader["parameters"] = start_parameters(loader["parameters"], open_release())
        _follow_path(loader["parameters"]["generate"]["composer"]["path"])

    def _evaluate(self, release: "Release", loader: Any, project: Path) -> None:
        """Points the catalog, the parameters and the pipeline `evaluate` to the release."""
        from kedro.framework.project import pipelines

        from v2meow_pipeline.jobs import release_evaluation as evaluation

        data = loader["globals"]["data"]
        self._reporting = project / evaluation.data_folder(data) / evaluation.REPORTING
        loader["catalog"] = evaluation.release_catalog(loader["catalog"], data, release)
        loader["parameters"] = evaluation.release_parameters(loader["parameters"], release)
        pipelines[evaluation.EVALUATE] = pipelines[evaluation.EVALUATE_RELEASE]
        log.info("Evaluating the %s, with its own sampling", release.name)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Refuses to train into the release, or to evaluate it over the project's data."""
        from v2meow_pipeline.jobs.release_evaluation import EVALUATE, EVALUATE_RELEASE

        names = {*(run_params.get("pipeline_names") or []), run_params.get("pipeline_name")} - {None}
        if (self._release is not None and names != {EVALUATE}) or (self._release is None and EVALUATE_RELEASE in names):
            raise ConfigError(
                f"evaluate.model=release goes with the pipeline {EVALUATE}, and with no other.",
                f"Run `kedro run --pipeline {EVALUATE} --params evaluate.model=release`.",
            )

    @hook_impl
    def after_pipeline_run(self, pipeline: "Pipeline") -> None:
        """Writes down which release the metrics are of."""
        if self._release is None or "metrics" not in pipeline.all_outputs():
            return
        from v2meow_pipeline.composer.release_build import write_evaluated

        write_evaluated(self._reporting, self._release)
        log.info("How the %s scores: %s", self._release.name, self._reporting / "report/index.html")


def _follow_path(path: str) -> None:
    """Puts the pipelines of a path in the place of the default's."""
    from kedro.framework.project import pipelines

    for name in list(pipelines):
        whole, colon, of_path = name.partition(":")
        if colon and of_path == path:
            pipelines[whole] = pipelines[name]
