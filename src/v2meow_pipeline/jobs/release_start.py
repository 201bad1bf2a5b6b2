"""Parameters of training that starts from the release: its clock, sampling parameters, and stage weights."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import composer_of
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.jobs.stage_job import FROM_DATA, RELEASE
from v2meow_pipeline.model_store import trained_part
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.release import Release


def start_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Parameters of a training run that starts from the release.

    Args:
        parameters: parameters of the run; model sizes and clock are overridden.
        release: installed release.

    Returns:
        Parameters with the release's clock, sampling and stage models; each stage starts from the release's weights.

    Raises:
        ConfigError: when `visual` selects other features than a stage of the release was trained on.
    """
    changed = {**parameters, **shared_parameters(parameters, release)}
    for spec in PATHS[changed["generate"]["composer"]["path"]]:
        model = read_config(release.part(trained_part(spec.name)))["model"]
        if spec.visual:
            _check_features(spec.name, model["features"], changed["visual"])
        original = changed[spec.name]
        changed[spec.name] = {
            **original,
            "model": {key: value for key, value in model.items() if key not in FROM_DATA},
            "train": {**original["train"], "warm_start": original["train"].get("warm_start") or RELEASE},
        }
    return changed


def shared_parameters(parameters: Mapping[str, Any], release: Release) -> dict[str, Any]:
    """Parameters that the release determines, both for evaluation and for further training.

    Args:
        parameters: parameters of the run.
        release: installed release.

    Returns:
        `clock`, `generate` and `visual` with the release's clock, sampling, and all visual features that it needs.
    """
    composer, visual = composer_of(release.folder), parameters["visual"]
    first = release.part(trained_part(PATHS[composer.path][0].name))
    return {
        "clock": read_config(first)["model"]["clock"],
        "generate": {**parameters["generate"], "composer": composer.model_dump(mode="json")},
        "visual": {**visual, "also": sorted({*visual["also"], *release.manifest.encoders})},
    }


def _check_features(stage: str, known: Mapping[str, Any], visual: dict[str, Any]) -> None:
    selected = VisualConfig.parse(visual).seen
    if set(selected) != set(known):
        raise ConfigError(
            f"The release's {stage} stage was trained on the features {', '.join(sorted(known)) or '(none)'}, "
            f"but `visual` selects {', '.join(sorted(selected)) or '(none)'}.",
            "Select the same features in `visual`, or train from scratch with `from_scratch: true`.",
        )
