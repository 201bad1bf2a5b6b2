"""A training that starts from the release: its tokenizers, its sampling, and the weights of its stages."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import composer_of
from v2meow_pipeline.composer.bundle import STAGE_CHECKPOINT
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.jobs.stage_job import FROM_DATA, RELEASE
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.release import Release


def start_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """The parameters of a run that starts from the release.

    Args:
        parameters: of the run; what they say of the models' sizes and of the clock has no effect.
        release: that is installed.

    Returns:
        The same with the release's clock, sampling and stage models, each stage starting from its weights.

    Raises:
        ConfigError: when the run's `visual` shows a stage other features than it knows.
    """
    changed = {**parameters, **shared_parameters(parameters, release)}
    for spec in PATHS[changed["generate"]["composer"]["path"]]:
        model = read_config(release.part(f"{spec.name}/{STAGE_CHECKPOINT}"))["model"]
        if spec.visual:
            _check_features(spec.name, model["features"], changed["visual"])
        own = changed[spec.name]
        changed[spec.name] = {
            **own,
            "model": {key: value for key, value in model.items() if key not in FROM_DATA},
            "train": {**own["train"], "warm_start": own["train"].get("warm_start") or RELEASE},
        }
    return changed


def shared_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """What goes with the release's models whether they are evaluated or trained on.

    Args:
        parameters: of the run.
        release: that is installed.

    Returns:
        `clock`, `generate` and `visual`, with the release's clock, its sampling, and all features that it needs.
    """
    composer, visual = composer_of(release.folder), parameters["visual"]
    first = release.part(f"{PATHS[composer.path][0].name}/{STAGE_CHECKPOINT}")
    return {
        "clock": read_config(first)["model"]["clock"],
        "generate": {**parameters["generate"], "composer": composer.model_dump(mode="json")},
        "visual": {**visual, "also": sorted({*visual["also"], *release.manifest.encoders})},
    }


def _check_features(stage: str, known: Mapping[str, Any], visual: dict[str, Any]) -> None:
    seen = VisualConfig.parse(visual).seen
    if set(seen) != set(known):
        raise ConfigError(
            f"The release's {stage} stage sees {', '.join(sorted(known)) or 'nothing'}; `visual` shows"
            f" {', '.join(sorted(seen)) or 'nothing'}.",
            "Choose that variant, or train from scratch: `from_scratch: true`.",
        )
