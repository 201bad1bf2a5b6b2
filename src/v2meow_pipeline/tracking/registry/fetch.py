"""Resolves a registered model to a local folder, and verifies its files."""

from pathlib import Path

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.composer import describe_bundle, foreign_files, read_bundle_manifest, require_hashes
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.networks.weights import models_folder
from v2meow_pipeline.tracking.registry.versions import CONTENT, Version, client, find

# Folder of the bundle in a version's artifacts (data path of the pyfunc flavour).
BUNDLE = "bundle"
PART = f"data/{BUNDLE}"


def resolve(uri: str) -> Path:
    """Local folder of a registered bundle, usable like any folder of trained models.

    Args:
        uri: "models:/NAME@ALIAS" or "models:/NAME/VERSION".

    Returns:
        Folder of the bundle. Files on a server are downloaded once, to ~/.cache/v2meow/registered.

    Raises:
        MissingModelError: when the version does not exist, or its files are missing.
        V2MeowError: when the folder contains files that do not belong to a bundle, files that differ from the
            registered ones, or checkpoints without a hash.
    """
    version = find(uri)
    folder = _fetch(version)
    bundle_manifest, foreign = read_bundle_manifest(folder), foreign_files(folder)
    if bundle_manifest is None or foreign:
        problem = f"contains {foreign[0]}, which no bundle needs" if foreign else "contains no bundle"
        raise V2MeowError(f"{version.uri} {problem}.", "Do not use it unless you trust whoever registered it.")
    what = describe_bundle(folder, bundle_manifest.composer)
    if what.content != version.tags.get(CONTENT):
        raise V2MeowError(f"The files of {version.uri} are not those that were registered.", "Register them again.")
    require_hashes(folder, what.parts)
    return folder


def _fetch(version: Version) -> Path:
    from mlflow.utils.file_utils import local_file_uri_to_path
    from mlflow.utils.uri import is_local_uri

    source = client().get_model_version_download_uri(version.name, str(version.version))
    if not is_local_uri(source):
        return _download(version)
    folder = Path(local_file_uri_to_path(source)) / PART
    if not folder.is_dir():
        remedy = "If the project was moved, run `v2meow repair` in it."
        raise MissingModelError(f"The files of {version.uri} are not in {folder}.", remedy)
    return folder


def _download(version: Version) -> Path:
    from mlflow.artifacts import download_artifacts
    from mlflow.exceptions import MlflowException

    content = version.tags.get(CONTENT, "")
    if not content.isalnum():
        raise V2MeowError(f"{version.uri} has no valid tag `{CONTENT}`.", "Register the models again.")
    cached = models_folder().parent / "registered" / content
    if not cached.is_dir():
        with atomic_path(cached) as temporary:
            temporary.mkdir()
            try:
                downloaded = Path(download_artifacts(f"{version.uri}/{PART}", dst_path=str(temporary)))
            except MlflowException as error:
                raise MissingModelError(
                    f"{version.uri} cannot be downloaded: {error}.", "Check that the server is running."
                ) from error
            for item in downloaded.iterdir():
                item.rename(temporary / item.name)
    return cached
