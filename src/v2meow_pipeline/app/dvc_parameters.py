"""What DVC needs to know of an environment before `dvc repro` runs it: see docs/decisions/0021."""

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
# Where, by how many processes and how politely something is computed or fetched: not what comes out.
NOT_DECIDING = frozenset({"backend", "download", "ray", "workers"})


class Parts(Config):
    """What plays each part: the code of the embedded default, or the folder of a network trained here.

    Attributes:
        motion: of the visual features.
        visual_tokens: of the visual features.
        semantic: features that semantic tokens are made from.
        codec: the acoustic tokenizer.
        music_text: the joint space of music and text.
        start: what the stages start from.
        path: stages from video to codes.
        decoder: sound from the embedded codec's frames.
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
    """`params.yaml`: what dvc.yaml is filled in with.

    Attributes:
        env: environment of conf/ that is run.
        data: folder of its Kedro layers.
        videos: the videos' source: code of the synthetic corpus, or a person's folder.
        parts: what else the environment's parameters choose.
    """

    env: str
    data: str
    videos: str
    parts: Parts


def write_parameters(project: Path, output: Path) -> None:
    """Writes the parameters that decide what the environment of `params.yaml` comes to, as Kedro resolves them.

    Args:
        project: its root.
        output: a YAML file, replaced atomically.

    Raises:
        ConfigError: when `params.yaml` names other data, videos or networks than the environment uses: DVC would then
            not see what results depend on.
    """
    settings = Reproduction.parse(yaml.safe_load((project / SETTINGS_NAME).read_text(encoding="utf-8")))
    parameters = load_config(project, settings.env, "parameters")
    _check(settings, parameters, load_config(project, settings.env, "globals")["data"])
    if not parameters["from_scratch"]:
        # What starts from a release depends on which one it is.
        parameters = {**parameters, "from_scratch": f"release {open_release().manifest.content}"}
    write_text(output, yaml.safe_dump(deciding(parameters), sort_keys=True, allow_unicode=True))


def deciding(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters that decide results.

    Args:
        parameters: nested values.

    Returns:
        The same without keys of `NOT_DECIDING`, at any depth.
    """
    return {
        key: deciding(value) if isinstance(value, Mapping) else value
        for key, value in parameters.items()
        if key not in NOT_DECIDING
    }


def networks_used(parameters: Mapping[str, Any]) -> set[str]:
    """Which of what is trained on demand an environment uses.

    Args:
        parameters: of the environment.

    Returns:
        Names of networks and of stages beside the three.
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
