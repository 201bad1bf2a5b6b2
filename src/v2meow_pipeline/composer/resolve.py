"""Chooses the models to use: those given, else the project's trained models, else the installed release."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from v2meow_pipeline.composer.bundle_manifest import composer_of
from v2meow_pipeline.composer.packing import describe_bundle
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.release import DISTRIBUTION, find_release, open_release

# Folder of trained models, relative to the project.
PROJECT_MODELS = Path("data/06_models")
RELEASE = "release"
REGISTERED = "models:/"


class ModelSource(NamedTuple):
    """Chosen models: their `folder`, and a `name` for messages."""

    folder: Path
    name: str


def resolve_models(
    models: str | Path | None = None,
    project: Path | None = None,
    registered: Callable[[str], Path] | None = None,
) -> ModelSource:
    """Resolves a model argument to a folder.

    Args:
        models: a folder of checkpoints or a packed bundle; "release" for the installed release; a registered model such
            as "models:/v2meow@champion"; None takes the project's own trained models if they are complete, else the
            release.
        project: project folder; None takes the current folder.
        registered: function from a registered model's name to its folder; None refuses such names.

    Returns:
        Folder and name of the models.

    Raises:
        MissingModelError: when there are no models.
        V2MeowError: when the installed release is damaged.
    """
    if models is None:
        return _project_or_release(project or Path())
    if str(models) == RELEASE:
        return _release()
    if str(models).startswith(REGISTERED):
        if registered is None:
            raise ConfigError(f"{models} is a registered model.", "Pass v2meow_pipeline.resolve(...) instead.")
        return ModelSource(registered(str(models)), str(models))
    return ModelSource(Path(models), f"models in {models}")


def is_complete(models: Path) -> bool:
    """Whether a folder has every checkpoint that its sampling configuration needs."""
    try:
        describe_bundle(models, composer_of(models))
    except V2MeowError:
        return False
    return True


def _project_or_release(project: Path) -> ModelSource:
    own = project / PROJECT_MODELS
    if is_complete(own):
        return ModelSource(own, f"this project's models ({PROJECT_MODELS})")
    if find_release() is None:
        state = "are incomplete" if own.is_dir() and any(own.iterdir()) else "do not exist"
        raise MissingModelError(
            f"Trained models in {own.absolute()} {state}, and no release is installed (package {DISTRIBUTION}).",
            "Run the command in the project's folder, train (`.venv/bin/kedro run --pipeline train`), or name other "
            "models: --model FOLDER.",
        )
    return _release()


def _release() -> ModelSource:
    release = open_release()
    return ModelSource(release.folder, release.name)
