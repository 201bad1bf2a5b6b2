"""A project's configuration and its store of runs and models, outside a Kedro run."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from v2meow_pipeline.composer import ModelSource

BASE = "base"


def load_config(project: Path, env: str, kind: str) -> dict[str, Any]:
    """One kind of configuration of an environment.

    Args:
        project: folder that holds `conf`.
        env: such as "base", "test" or "paper".
        kind: "parameters", "globals", "mlflow" or "notify".

    Returns:
        Nested values.

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


def open_store(project: Path, env: str = BASE) -> str:
    """Connects this process to a project's store of runs and models.

    Args:
        project: its folder; without configuration there, $V2MEOW_TRACKING_URI says where the store is.
        env: environment of the configuration.

    Returns:
        What the registered model is called.

    Raises:
        ConfigError: when neither says where.
    """
    from v2meow_pipeline.tracking.runs import STORE_VARIABLE, TrackingConfig, connect

    known = (project / "conf" / env).is_dir() or not os.environ.get(STORE_VARIABLE)
    config = TrackingConfig.parse(load_config(project, env, "mlflow") if known else {})
    connect(project, config)
    return config.model


def resolve(models: str, project: Path | None = None) -> Path:
    """The local folder of some models, wherever they are.

    Args:
        models: a folder, "release", or a registered model such as "models:/v2meow@champion".
        project: whose store knows the registered model; None is the current folder.

    Returns:
        The folder.

    Raises:
        MissingModelError: when there is no such registered model, or its files are gone; or no release is installed.
        V2MeowError: when it holds other files than a bundle's.
    """
    return resolve_models(models, project).folder


def resolve_models(models: str | None, project: Path | None = None) -> "ModelSource":
    """The models to use: see `composer.resolve_models`, which knows no registry.

    Args:
        models: as in `resolve`; None takes the project's own trained models if they are complete, else the release.
        project: its folder; None is the current folder.

    Returns:
        Their folder, and which they are.

    Raises:
        MissingModelError: when there are none.
        V2MeowError: when they hold other files than they should.
    """
    from v2meow_pipeline import composer

    def registered(uri: str) -> Path:
        from v2meow_pipeline.tracking import registry

        open_store(project or Path.cwd())
        return registry.resolve(uri)

    return composer.resolve_models(models, project, registered)
