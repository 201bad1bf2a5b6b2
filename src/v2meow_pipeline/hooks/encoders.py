"""Hook that checks that encoder weights exist before a run begins."""

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class EncoderHooks:
    """Hook that fails a run at its start if weights of a visual encoder are missing."""

    def __init__(self) -> None:
        self._visual: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Stores the visual parameters of the run."""
        self._visual = dict(context.params["visual"])

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Checks the weights if the run both collects videos and extracts visual features."""
        if {"collect_videos", "extract_visual"} <= {node.name for node in pipeline.nodes}:
            from v2meow_pipeline.corpus.variants import VisualConfig
            from v2meow_pipeline.encoders.registry import require_visual

            require_visual(VisualConfig.parse(self._visual).extracted, catalog.load("models_folder"))
