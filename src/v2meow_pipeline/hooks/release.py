"""Hooks that adapt a run's configuration to the release, to the configured path of stages, and to the codec."""

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

# Codecs on log-mel frames, which a vocoder can decode; the others have a decoder of their own.
LOG_MEL_CODECS = ("kmeans", "mel_rvq")


class ReleaseHooks:
    """Hook that configures runs that use the release, and selects the pipelines of `generate.composer.path`."""

    def __init__(self) -> None:
        self._release: Release | None = None
        self._reporting = Path()

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: "KedroContext") -> None:
        """Changes the configuration before other hooks read it."""
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
        _follow_codec(loader["parameters"]["codec"])

    def _evaluate(self, release: "Release", loader: Any, project: Path) -> None:
        """Replaces catalog, parameters and pipelines by those of an evaluation of the release."""
        from kedro.framework.project import pipelines

        from v2meow_pipeline.jobs import release_evaluation as evaluation

        data = loader["globals"]["data"]
        self._reporting = project / evaluation.data_folder(data) / evaluation.REPORTING
        loader["catalog"] = evaluation.release_catalog(loader["catalog"], data, release)
        loader["parameters"] = evaluation.release_parameters(loader["parameters"], release)
        for name, replacement in evaluation.PIPELINES.items():
            pipelines[name] = pipelines[replacement]
        log.info("Evaluating the %s with its own sampling parameters", release.name)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, run_params: dict[str, Any]) -> None:
        """Raises if `evaluate.model=release` is combined with a pipeline that does not support it."""
        from v2meow_pipeline.jobs.release_evaluation import PIPELINES

        names = {*(run_params.get("pipeline_names") or []), run_params.get("pipeline_name")} - {None}
        is_supported = len(names) == 1 and names <= PIPELINES.keys()
        if (self._release is not None and not is_supported) or (
            self._release is None and names & {*PIPELINES.values()}
        ):
            raise ConfigError(
                f"evaluate.model=release is supported by the pipelines {' and '.join(PIPELINES)} only.",
                "Run `kedro run --pipeline evaluate --params evaluate.model=release`.",
            )

    @hook_impl
    def after_pipeline_run(self, pipeline: "Pipeline") -> None:
        """Records which release was evaluated beside the metrics."""
        if self._release is None or "metrics" not in pipeline.all_outputs():
            return
        from v2meow_pipeline.composer.release_build import write_evaluated

        write_evaluated(self._reporting, self._release)
        log.info("Report on the %s: %s", self._release.name, self._reporting / "report/index.html")


def _follow_path(path: str) -> None:
    """Replaces the default pipelines by those registered for the path as `pipeline:path`."""
    from kedro.framework.project import pipelines

    for name in list(pipelines):
        pipeline, colon, pipeline_path = name.partition(":")
        if colon and pipeline_path == path:
            pipelines[pipeline] = pipelines[name]


def _follow_codec(codec: str) -> None:
    """Leaves networks for log-mel frames out of the pipeline `networks` if the codec has its own decoder."""
    from kedro.framework.project import pipelines

    if codec not in LOG_MEL_CODECS:
        pipelines["networks"] = pipelines["networks:own_decoder"]
