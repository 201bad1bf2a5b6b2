"""Inference: from a video to a video with a generated soundtrack."""

from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.bundle_manifest import BundleManifest, composer_of, read_bundle_manifest
from v2meow_pipeline.composer.composer import Composer
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.generate import Generation, generate
from v2meow_pipeline.composer.packing import describe_bundle, foreign_files, pack, require_hashes
from v2meow_pipeline.composer.regenerate import regenerate
from v2meow_pipeline.composer.resolve import ModelSource, is_complete, resolve_models

__all__ = [
    "Bundle",
    "BundleManifest",
    "Composer",
    "ComposerConfig",
    "Generation",
    "ModelSource",
    "composer_of",
    "describe_bundle",
    "foreign_files",
    "generate",
    "is_complete",
    "pack",
    "read_bundle_manifest",
    "regenerate",
    "require_hashes",
    "resolve_models",
]
