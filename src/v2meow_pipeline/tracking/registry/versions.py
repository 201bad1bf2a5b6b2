"""Versions of a registered model and their URIs, in the store set by `tracking.runs.connect`."""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from v2meow_pipeline.errors import ConfigError, MissingModelError

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CANDIDATE, CHAMPION = "candidate", "champion"
SCHEME = "models:/"
# Tags of every version: fingerprint of stages and codec, and hash of all configuration and weights.
FINGERPRINT, CONTENT = "fingerprint", "content"

_URI = re.compile(r"models:/(?P<name>[^/@]+)(?:@(?P<alias>[\w-]+)|/(?P<version>\d+))")


class Version(NamedTuple):
    """Version of a registered model: one registered bundle.

    Attributes:
        name: registered model name.
        version: version number, from 1.
        aliases: aliases of the version.
        tags: `fingerprint` and `content` of the bundle, and the tags set on registration and evaluation.
        run_id: id of the MLflow run that registered the version.
        created_ms: creation time, Unix time in ms.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    tags: dict[str, str]
    run_id: str
    created_ms: int

    @property
    def uri(self) -> str:
        """URI with the version number, which does not depend on aliases."""
        return f"{SCHEME}{self.name}/{self.version}"


def versions(name: str) -> list[Version]:
    """All versions of a model, newest first.

    Args:
        name: registered model name.

    Returns:
        Versions; an empty list if nothing was registered.
    """
    store = client()
    # Search results do not include aliases.
    found = store.search_model_versions(f"name='{name}'", max_results=1000)
    numbers = sorted((int(version.version) for version in found), reverse=True)
    return [_version(store.get_model_version(name, str(number))) for number in numbers]


def registered_names() -> list[str]:
    """Names of all registered models of the store, of any environment, ascending."""
    return sorted(model.name for model in client().search_registered_models())


def find(uri: str) -> Version:
    """Looks up the version of a URI.

    Args:
        uri: "models:/NAME@ALIAS" or "models:/NAME/VERSION".

    Returns:
        Version of the registered model.

    Raises:
        ConfigError: when the URI has another format.
        MissingModelError: when the version or alias does not exist.
    """
    from mlflow.exceptions import MlflowException

    match = _URI.fullmatch(uri)
    if match is None:
        raise ConfigError(
            f"{uri} is not the URI of a registered model.", "Write models:/v2meow@champion or models:/v2meow/3."
        )
    name, alias, version = match["name"], match["alias"], match["version"]
    store = client()
    try:
        if alias:
            return _version(store.get_model_version_by_alias(name, alias))
        return _version(store.get_model_version(name, version))
    except MlflowException as error:
        remedy = f"`v2meow registry list` lists all versions; `v2meow registry promote` sets the {alias or CHAMPION}."
        store_uri = re.sub(r"//[^@/]*@", "//", store.tracking_uri)  # the URI of a database may contain a password
        raise MissingModelError(f"There is no {uri} in {store_uri}.", remedy) from error


def client() -> Any:
    """MLflow client of the current store."""
    from mlflow import MlflowClient

    return MlflowClient()


def _version(found: "ModelVersion") -> Version:
    aliases = tuple(sorted(found.aliases or ()))
    return Version(
        found.name, int(found.version), aliases, dict(found.tags), found.run_id or "", int(found.creation_timestamp)
    )
