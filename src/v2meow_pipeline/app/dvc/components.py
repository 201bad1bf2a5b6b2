"""Models and videos that a pipeline reads depending on parameters, which the catalog does not show."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from v2meow_pipeline.composer import ComposerConfig
from v2meow_pipeline.composer.bundle import optional_parts
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.examples.recipes import NAMES as NETWORKS
from v2meow_pipeline.jobs.stage_job import RELEASE
from v2meow_pipeline.model_store import CODEC, MUSIC_TEXT, SEMANTIC_TOKENIZER, VOCODER, ModelStore
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS

READ_VIDEOS = frozenset({"ingest", "features", "generate", "score", "components", *NETWORKS})
MAKES_VIDEOS = "ingest"
STAGES = frozenset({spec.name for path in PATHS.values() for spec in path})


def networks_used(parameters: Mapping[str, Any]) -> set[str]:
    """Networks and stages that an environment uses beside the three default stages.

    Args:
        parameters: parameters of the environment.

    Returns:
        Names of their pipelines.
    """
    composer = ComposerConfig.parse(parameters["generate"]["composer"])
    stages = {spec.name for spec in PATHS[composer.path]}
    selected = {
        *VisualConfig.parse(parameters["visual"]).extracted,
        parameters["music_text"]["space"],
        parameters["semantic_tokenizer"].get("features"),
        parameters["codec"],
        composer.decoder,
        *stages,
        *(_start(name, parameters) for name in stages),
    }
    return selected & {*NETWORKS, *ALTERNATIVE_STAGES} | set(optional_parts(composer))


def models_read(pipeline: str, parameters: Mapping[str, Any], models: Path) -> list[Path]:
    """Models that a pipeline reads and that are not among its inputs.

    Args:
        pipeline: name of the pipeline.
        parameters: parameters of the environment.
        models: folder of all models.

    Returns:
        The stage that a stage starts from; the models that the evaluation reads.
    """
    store, used = ModelStore(models), networks_used(parameters)
    if pipeline in STAGES:
        start = _start(pipeline, parameters)
        return [models / start] if start else []
    if pipeline == "components":
        return [models]
    if pipeline == "score":
        networks = sorted(used & {VOCODER, "w2v_bert"})
        return [store.part(name) for name in (SEMANTIC_TOKENIZER, CODEC, MUSIC_TEXT, *networks)]
    return []


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


def _start(stage: str, parameters: Mapping[str, Any]) -> str | None:
    """Stage of this project that a stage takes its initial weights from; None without one."""
    start = parameters[stage]["train"].get("warm_start")
    return None if start == RELEASE else start
