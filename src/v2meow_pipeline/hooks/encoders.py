"""Hook that checks that the weights of encoders and tokenizers exist before a run begins."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

if TYPE_CHECKING:
    from pathlib import Path

    from kedro.framework.context import KedroContext
    from kedro.io import DataCatalog
    from kedro.pipeline import Pipeline


class EncoderHooks:
    """Hook that fails a run at its start if weights that it needs after hours are missing."""

    def __init__(self) -> None:
        self._params: dict[str, Any] = {}

    @hook_impl
    def after_context_created(self, context: "KedroContext") -> None:
        """Stores the parameters of the run."""
        self._params = dict(context.params)

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: "Pipeline", catalog: "DataCatalog") -> None:
        """Checks the weights if the run collects videos; networks that the run trains itself need none."""
        nodes = {node.name for node in pipeline.nodes}
        if "collect_videos" not in nodes:
            return
        trained = {name.removesuffix(".checkpoint") for name in pipeline.all_outputs()}
        models: Path = catalog.load("models_folder")
        if "extract_visual" in nodes:
            from v2meow_pipeline.corpus.variants import VisualConfig
            from v2meow_pipeline.encoders.registry import require_visual

            require_visual(set(VisualConfig.parse(self._params["visual"]).extracted) - trained, models)
        for name in sorted(_networks_of(nodes, self._params) - trained):
            _require_network(name, models)


def _networks_of(nodes: set[str], params: Mapping[str, Any]) -> set[str]:
    """Networks, trained in this project, that the tokenizers and the music-text space of a run are made of."""
    from v2meow_pipeline.examples.recipes import NAMES

    selected: set[Any] = set()
    if not params["from_scratch"]:
        return selected  # the release's own
    if "fit_semantic_tokenizer" in nodes:
        selected.add(params["semantic_tokenizer"].get("features"))
    if "fit_acoustic_tokenizer" in nodes:
        selected.add(params["codec"])
    if "fit_music_text_head" in nodes:
        selected.add(params["music_text"]["space"])
    return selected & set(NAMES)


def _require_network(name: str, models: "Path") -> None:
    from v2meow_pipeline.checkpoint import checkpoint_exists
    from v2meow_pipeline.errors import MissingModelError
    from v2meow_pipeline.model_store import ModelStore

    folder = ModelStore(models).network(name)
    if not checkpoint_exists(folder):
        remedy = f"Train it with `kedro run --pipelines {name}`, with the same --env as this run."
        raise MissingModelError(f"There is no trained {name} in {folder}.", remedy)
