"""Versions of a registered model, and the URIs that name them; in the store that `tracking.connect` chose."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.errors import ConfigError, MissingModelError

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CANDIDATE, CHAMPION = "candidate", "champion"
SCHEME = "models:/"
# Tags of every version: of the stages and codec, and of every byte of configuration and weights.
FINGERPRINT, CONTENT = "fingerprint", "content"

_URI = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[\w-]+)|/(?P<version>\d+))")


class Version(NamedTuple):
    """A registered bundle.

    Attributes:
        name: of the registered model.
        version: counted from 1.
        aliases: that point to it.
        tags: `fingerprint` and `content` of the bundle, and what it was registered with.
        run_id: of the MLflow run that registered it.
        created_ms: Unix time, milliseconds.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    tags: dict[str, str]
    run_id: str
    created_ms: int

    @property
    def uri(self) -> str:
        """What names this version for good, whatever aliases do."""
        return f"{SCHEME}{self.name}/{self.version}"


def versions(name: str) -> list[Version]:
    """All versions of a model, newest first.

    Args:
        name: of the registered model.

    Returns:
        The versions; none where nothing was registered.
    """
    store = client()
    # A search does not tell aliases.
    found = store.search_model_versions(f"name='{name}'", max_results=1000)
    numbers = sorted((int(version.version) for version in found), reverse=True)
    return [_version(store.get_model_version(name, str(number))) for number in numbers]


def find(uri: str) -> Version:
    """The version that a URI names.

    Args:
        uri: "models:/NAME@ALIAS" or "models:/NAME/VERSION".

    Returns:
        The version.

    Raises:
        ConfigError: for another form of URI.
        MissingModelError: when there is no such version.
    """
    from mlflow.exceptions import MlflowException

    match = _URI.fullmatch(uri)
    if match is None:
        raise ConfigError(f"{uri} names no registered model.", "Write models:/v2meow@champion or models:/v2meow/3.")
    name, alias, version = match["name"], match["alias"], match["version"]
    store = client()
    try:
        if alias:
            return _version(store.get_model_version_by_alias(name, alias))
        return _version(store.get_model_version(name, version))
    except MlflowException as error:
        remedy = f"`v2meow registry list` shows what there is; `v2meow registry promote` names a {alias or CHAMPION}."
        where = re.sub(r"//[^@/]*@", "//", store.tracking_uri)  # a database's address may hold a password
        raise MissingModelError(f"There is no {uri} in {where}.", remedy) from error


def client() -> Any:
    """MLflow's client of the store in use."""
    from mlflow import MlflowClient

    return MlflowClient()


def _version(found: "ModelVersion") -> Version:
    aliases = tuple(sorted(found.aliases or ()))
    return Version(
        found.name, int(found.version), aliases, dict(found.tags), found.run_id or "", int(found.creation_timestamp)
    )
