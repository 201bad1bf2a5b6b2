"""Models and videos that a pipeline reads depending on parameters, which the catalog does not show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2meow_pipeline.composer import ComposerConfig
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.examples.recipes import NAMES as NETWORKS
from v2meow_pipeline.model_store import CODEC, MUSIC_TEXT, PREDICTOR, SEMANTIC_TOKENIZER
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS

READ_VIDEOS = frozenset({"ingest", "features", "generate", "score", "components", *NETWORKS})
MAKES_VIDEOS = "ingest"
ALL_MODELS = ""


def networks_used(parameters: Mapping[str, Any]) -> set[str]:
    """Networks and stages that an environment uses beside the three default stages.

    Args:
        parameters: parameters of the environment.

    Returns:
        Names of their pipelines.
    """
    composer = ComposerConfig.parse(parameters["generate"]["composer"])
    stages = {spec.name for spec in PATHS[composer.path]}
    pipelines = ["features", SEMANTIC_TOKENIZER, CODEC, *stages, "generate"]
    read = {name for pipeline in pipelines for name in models_read(pipeline, parameters)}
    return (read | stages) & {*NETWORKS, *ALTERNATIVE_STAGES, PREDICTOR}


def models_read(pipeline: str, parameters: Mapping[str, Any]) -> list[str]:
    """Directories below 06_models that a pipeline reads.

    Args:
        pipeline: name of the pipeline.
        parameters: parameters of the environment.

    Returns:
        Names; "" stands for all models.
    """
    composer = ComposerConfig.parse(parameters["generate"]["composer"])
    visual = [name for name in VisualConfig.parse(parameters["visual"]).extracted if name in NETWORKS]
    semantic = _trained(parameters["semantic_tokenizer"].get("features"))
    decoder = _trained(composer.decoder)
    predictor = [PREDICTOR] if composer.predict_music_text else []
    found = {
        "features": [*visual, *_trained(parameters["music_text"]["space"])],
        SEMANTIC_TOKENIZER: semantic,
        CODEC: _trained(parameters["codec"]),
        "encode": [*semantic, *decoder],
        "vocoder": [CODEC],
        "generate": [SEMANTIC_TOKENIZER, CODEC, MUSIC_TEXT, *visual, *decoder, *predictor],
        "score": [SEMANTIC_TOKENIZER, CODEC, MUSIC_TEXT, *semantic, *decoder],
        "components": [ALL_MODELS],
    }
    if pipeline in found:
        return found[pipeline]
    if pipeline not in {spec.name for path in PATHS.values() for spec in path}:
        return []
    start = parameters[pipeline]["train"].get("warm_start")
    return [*visual, *([start] if start and start != "release" else [])]


def videos_read(pipeline: str, parameters: Mapping[str, Any], data: Path) -> list[Path]:
    """Directories of videos that a pipeline reads.

    Args:
        pipeline: name of the pipeline.
        parameters: parameters of the environment.
        data: root directory of the environment's data.

    Returns:
        The user's own directory if the corpus source has one, and the directory that `ingest` fills.
    """
    if pipeline not in READ_VIDEOS:
        return []
    corpus = parameters["corpus"]
    own = corpus.get(corpus["source"], {}).get("path")
    made = [] if pipeline == MAKES_VIDEOS else [data / "01_raw" / "videos"]
    return [*made, *([Path(own)] if own else [])]


def _trained(name: str | None) -> list[str]:
    return [name] if name in NETWORKS else []
