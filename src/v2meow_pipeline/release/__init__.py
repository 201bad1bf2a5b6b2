"""Release: trained models that are installed as the separate package `v2meow-weights`."""

from v2meow_pipeline.release.installed import (
    Release,
    find_release,
    open_release,
    place_beside,
    place_part,
    place_tokenizer,
    verify,
)
from v2meow_pipeline.release.manifest import (
    DISTRIBUTION,
    MANIFEST_NAME,
    MODEL_FOLDER,
    PACKAGE,
    ReleaseManifest,
    read_manifest,
)

__all__ = [
    "DISTRIBUTION",
    "MANIFEST_NAME",
    "MODEL_FOLDER",
    "PACKAGE",
    "Release",
    "ReleaseManifest",
    "find_release",
    "open_release",
    "place_beside",
    "place_part",
    "place_tokenizer",
    "read_manifest",
    "verify",
]
