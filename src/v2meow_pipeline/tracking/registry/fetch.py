"""From the name of a registered model to a folder with its files, and nothing but its files."""

from pathlib import Path

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.composer import describe_bundle, foreign_files, read_bundle_manifest
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.networks.weights import models_folder
from v2meow_pipeline.tracking.registry.versions import CONTENT, Version, client, find

# The folder of the bundle in a version's files, where pyfunc keeps a model's data.
BUNDLE = "bundle"
PART = f"data/{BUNDLE}"


def resolve(uri: str) -> Path:
    """The local folder of a registered bundle, usable wherever a folder of models is.

    Args:
        uri: "models:/NAME@ALIAS" or "models:/NAME/VERSION".

    Returns:
        The folder. What lies on a server is downloaded once, into ~/.cache/v2meow/registered.

    Raises:
        MissingModelError: when there is no such version, or its files are gone.
        V2MeowError: when it holds anything but a bundle's files, or not those that were registered.
    """
    version = find(uri)
    folder = _fetch(version)
    bundle_manifest, foreign = read_bundle_manifest(folder), foreign_files(folder)
    if bundle_manifest is None or foreign:
        holds = f"holds {foreign[0]}, which no bundle needs" if foreign else "holds no bundle"
        raise V2MeowError(f"{version.uri} {holds}.", "Do not use it unless you know who registered it.")
    if describe_bundle(folder, bundle_manifest.composer).content != version.tags.get("content"):
        raise V2MeowError(f"The files of {version.uri} are not those that were registered.", "Register them again.")
    return folder


def _fetch(version: Version) -> Path:
    from mlflow.utils.file_utils import local_file_uri_to_path
    from mlflow.utils.uri import is_local_uri

    place = client().get_model_version_download_uri(version.name, str(version.version))
    if not is_local_uri(place):
        return _download(version)
    folder = Path(local_file_uri_to_path(place)) / PART
    if not folder.is_dir():
        remedy = "If the project was moved, run `v2meow repair` in it."
        raise MissingModelError(f"The files of {version.uri} are not in {folder}.", remedy)
    return folder


def _download(version: Version) -> Path:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    content = version.tags.get(CONTENT, "")
    if not content.isalnum():
        raise V2MeowError(f"{version.uri} does not say what it holds.", "Register the models again.")
    kept = models_folder().parent / "registered" / content
    if not kept.is_dir():
        with atomic_path(kept) as temporary:
            temporary.mkdir()
            try:
                got = Path(download_artifacts(f"{version.uri}/{PART}", dst_path=str(temporary)))
            except MlflowException as error:
                raise MissingModelError(f"{version.uri} cannot be downloaded: {error}.", "Is the server up?") from error
            for item in got.iterdir():
                item.rename(temporary / item.name)
    return kept
