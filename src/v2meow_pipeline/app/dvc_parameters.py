"""Parameters of an environment written to a file for DVC to track; see docs/decisions/0021."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.recipes import NAMES
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import ALTERNATIVE_STAGES, PATHS, STAGE_NAMES
from v2meow_pipeline.release import open_release

SETTINGS_NAME = "params.yaml"
# Keys that set where and how fast work runs, and do not affect results.
NOT_DECIDING = frozenset({"backend", "download", "ray", "workers"})


class Parts(Config):
    """DVC dependency of each component: source path of the embedded default, or folder of a network trained here.

    Attributes:
        motion: motion encoder of the visual features.
        visual_tokens: visual tokenizer of the visual features.
        semantic: audio features that the semantic tokenizer quantises.
        codec: acoustic tokenizer.
        music_text: joint music-text embedding.
        start: initial weights of the stages.
        path: stages from video to acoustic codes.
        decoder: decoder from the embedded codec's frames to audio.
    """

    motion: str
    visual_tokens: str
    semantic: str
    codec: str
    music_text: str
    start: str
    path: str
    decoder: str


class Reproduction(Config):
    """Contents of `params.yaml`: the variables of dvc.yaml.

    Attributes:
        env: configuration environment (folder of conf/) to run.
        data: root folder of the environment's Kedro data layers.
        videos: DVC dependency of the videos: source code of the synthetic corpus, or a folder of videos.
        parts: dependencies of the components that the environment's parameters select.
    """

    env: str
    data: str
    videos: str
    parts: Parts


def write_parameters(project: Path, output: Path) -> None:
    """Writes the result-affecting parameters of the environment in `params.yaml`, as Kedro resolves them.

    Args:
        project: root directory of the project.
        output: YAML file to write, replaced atomically.

    Raises:
        ConfigError: when `params.yaml` names other data, videos or networks than the environment uses, since DVC would
            then track the wrong dependencies.
    """
    settings = Reproduction.parse(yaml.safe_load((project / SETTINGS_NAME).read_text(encoding="utf-8")))
    parameters = load_config(project, settings.env, "parameters")
    _check(settings, parameters, load_config(project, settings.env, "globals")["data"])
    if not parameters["from_scratch"]:
        # Training that starts from a release depends on the contents of that release.
        parameters = {**parameters, "from_scratch": f"release {open_release().manifest.content}"}
    write_text(output, yaml.safe_dump(deciding(parameters), sort_keys=True, allow_unicode=True))


def deciding(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Filters parameters to those that affect results.

    Args:
        parameters: nested parameters.

    Returns:
        The parameters without the keys of `NOT_DECIDING`, at any depth.
    """
    return {
        key: deciding(value) if isinstance(value, Mapping) else value
        for key, value in parameters.items()
        if key not in NOT_DECIDING
    }


def networks_used(parameters: Mapping[str, Any]) -> set[str]:
    """Optional networks and stages that an environment uses.

    Args:
        parameters: parameters of the environment.

    Returns:
        Names of the networks, and of the stages besides the three default ones.
    """
    composer = parameters["generate"]["composer"]
    chosen = {
        *VisualConfig.parse(parameters["visual"]).extracted,
        parameters["semantic_tokenizer"].get("features"),
        parameters["codec"],
        parameters["music_text"]["space"],
        composer.get("decoder"),
        *(spec.name for spec in PATHS[composer.get("path", "paper")]),
        *(parameters[stage]["train"].get("warm_start") for stage in STAGE_NAMES),
    }
    return chosen & {*NAMES, *ALTERNATIVE_STAGES}


def _check(settings: Reproduction, parameters: Mapping[str, Any], data: str) -> None:
    if settings.data != data:
        raise ConfigError(
            f"Environment {settings.env} has its data in {data}.", f"Write data: {data} in {SETTINGS_NAME}."
        )
    corpus = parameters["corpus"]
    folder = corpus.get(corpus["source"], {}).get("path")
    if folder is not None and settings.videos != folder:
        raise ConfigError(f"The videos come from {folder}.", f"Write videos: {folder} in {SETTINGS_NAME}.")
    models = f"{data}/06_models/"
    named = {part.removeprefix(models) for part in settings.parts.model_dump().values() if part.startswith(models)}
    used = networks_used(parameters)
    if named != used:
        raise ConfigError(
            f"Environment {settings.env} uses {', '.join(sorted(used)) or 'no network'} of {models},"
            f" but {SETTINGS_NAME} names {', '.join(sorted(named)) or 'none'}.",
            f"Correct `parts` in {SETTINGS_NAME}.",
        )
