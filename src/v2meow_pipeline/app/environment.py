"""Access to a project's configuration and MLflow store outside a Kedro run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from v2meow_pipeline.composer import ModelSource

BASE = "base"


def load_config(project: Path, env: str, kind: str) -> dict[str, Any]:
    """Loads one kind of configuration of an environment.

    Args:
        project: folder that contains `conf`.
        env: configuration environment, such as "base", "test" or "paper".
        kind: "parameters", "catalog", "globals", "mlflow" or "notify".

    Returns:
        Nested configuration values.

    Raises:
        ConfigError: when there is no such environment.
    """
    from kedro.config import OmegaConfigLoader

    from v2meow_pipeline.settings import CONFIG_LOADER_ARGS

    conf = project / "conf"
    if not (conf / env).is_dir():
        raise ConfigError(f"There is no environment {env!r} in {conf}.", "Run this in the project's folder.")
    options: dict[str, Any] = {**CONFIG_LOADER_ARGS, "default_run_env": env}
    values: dict[str, Any] = OmegaConfigLoader(conf_source=str(conf), **options)[kind]
    return values


def parse_params(text: str) -> dict[str, Any]:
    """Parses parameters of the command line, in the notation of `kedro run --params`.

    Args:
        text: values by dotted keys, such as "codec=dac,semantic.train.lr=0.001"; empty for none.

    Returns:
        Nested values.

    Raises:
        ConfigError: when a part is not of the form key=value.
    """
    from omegaconf import OmegaConf

    parts = [part.strip() for part in text.split(",") if part.strip()]
    wrong = [part for part in parts if "=" not in part]
    if wrong:
        raise ConfigError(f"{wrong[0]!r} in --params is not of the form key=value.", "Write a.b=1,c=x.")
    values: dict[str, Any] = OmegaConf.to_container(OmegaConf.from_dotlist(parts))  # type: ignore[assignment]
    return values


def open_store(project: Path, env: str = BASE) -> str:
    """Connects this process to a project's MLflow store (tracking and model registry).

    Args:
        project: root directory of the project; if it has no configuration, $V2MEOW_TRACKING_URI gives the store.
        env: configuration environment.

    Returns:
        Name of the registered model.

    Raises:
        ConfigError: when there is neither a configuration nor $V2MEOW_TRACKING_URI.
    """
    from v2meow_pipeline.tracking.runs import STORE_VARIABLE, TrackingConfig, connect

    known = (project / "conf" / env).is_dir() or not os.environ.get(STORE_VARIABLE)
    config = TrackingConfig.parse(load_config(project, env, "mlflow") if known else {})
    connect(project, config)
    return config.model


def resolve(models: str, project: Path | None = None) -> Path:
    """Local folder of trained models, downloaded from the registry if necessary.

    Args:
        models: a folder, "release", or a registered model such as "models:/v2meow@champion".
        project: root directory of the project whose registry is used; None is the current directory.

    Returns:
        Folder that contains the models.

    Raises:
        MissingModelError: when the registered model does not exist, its files are missing, or no release is installed.
        V2MeowError: when the registered model contains files that do not belong to a bundle.
    """
    return resolve_models(models, project).folder


def resolve_models(models: str | None, project: Path | None = None) -> "ModelSource":
    """Selects the models to use: `composer.resolve_models` with support for registered models.

    Args:
        models: as in `resolve`; None selects the project's own trained models if they are complete, else the release.
        project: root directory of the project; None is the current directory.

    Returns:
        Folder and identity of the models.

    Raises:
        MissingModelError: when no models are found.
        V2MeowError: when a registered model contains files that do not belong to a bundle.
    """
    from v2meow_pipeline import composer

    def registered(uri: str) -> Path:
        from v2meow_pipeline.tracking import registry

        open_store(project or Path.cwd())
        return registry.resolve(uri)

    return composer.resolve_models(models, project, registered)
