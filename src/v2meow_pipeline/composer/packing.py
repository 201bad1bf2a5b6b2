"""Packs the checkpoints that inference needs into one folder, with a manifest.

A bundle contains safetensors and JSON. Pretrained encoders are not packed: the manifest names them, with the
fingerprint of the weights that the stages were trained on.
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.checkpoint import CONFIG_NAME, HASH, WEIGHTS_NAME, read_config
from v2meow_pipeline.composer.bundle import Bundle, optional_parts
from v2meow_pipeline.composer.bundle_manifest import BUNDLE_MANIFEST_NAME, BundleManifest, Part
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.composer.precision import HALF, Precision, rounded_fingerprint, rounded_parameters, write_rounded
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.model_store import CODEC, MUSIC_TEXT, ModelStore, trained_part
from v2meow_pipeline.models.stages import PATHS
from v2meow_pipeline.tokenizers.registry import decoder_fingerprint

PACKED = (CONFIG_NAME, WEIGHTS_NAME)
UNKNOWN = "unknown"


class BundleDescription(NamedTuple):
    """Description of a bundle, read without loading its weights.

    Attributes:
        fingerprint: fingerprint of the models that generate music.
        content: fingerprint of all weights.
        parts: description of each checkpoint, by its name in the bundle.
    """

    fingerprint: str
    content: str
    parts: dict[str, Part]


def describe_bundle(models: Path, composer: ComposerConfig) -> BundleDescription:
    """Describes the bundle of a models folder from the configurations of its checkpoints.

    Args:
        models: folder of trained models.
        composer: sampling configuration; its path selects the stages.

    Returns:
        Description of the bundle.

    Raises:
        V2MeowError: when a checkpoint is missing.
    """
    store, stages = ModelStore(models), [trained_part(spec.name) for spec in PATHS[composer.path]]
    used = [*stages, *optional_parts(composer)]
    names = {CODEC, MUSIC_TEXT, *used}
    for name in used:
        names |= set(read_config(store.part(name)).get("made_with", {}))
    if (store.vocoder / CONFIG_NAME).is_file():
        names.add(store.name_of(store.vocoder))
    parts = {name: _part(read_config(store.part(name))) for name in sorted(names)}
    made_of = [parts[name].made_by for name in used]
    made_of.append(decoder_fingerprint(store.codec, composer.decoder))
    content = fingerprint({name: part.model_dump() for name, part in parts.items()})
    return BundleDescription(fingerprint(*made_of), content, parts)


def pack(models: Path, composer: ComposerConfig, target: Path, precision: Precision = "float32") -> BundleManifest:
    """Copies the checkpoints of a bundle into a folder, after loading them as a check.

    Args:
        models: folder of trained models.
        composer: sampling configuration, stored in the manifest.
        target: output folder, which must not exist.
        precision: precision of the stored weight matrices, see composer/precision.py.

    Returns:
        Manifest, also written to `target` as bundle.json.

    Raises:
        V2MeowError: when a checkpoint is missing or has no hash; StaleError when they do not belong together.
    """
    parts = describe_bundle(models, composer).parts
    require_hashes(models, parts)
    bundle = Bundle.load(models, composer)
    encoders = bundle.visual_encoders()
    if precision == HALF:
        _write_rounded(bundle, parts, target)
        # Checks that the rounded checkpoints load and belong together.
        encoders = Bundle.load(target, composer).visual_encoders()
    else:
        for name in parts:
            _copy(models / name, target / name)
    what = describe_bundle(target, composer)
    bundle_manifest = BundleManifest(
        model=what.fingerprint,
        content=what.content,
        composer=composer,
        parts=what.parts,
        encoders={name: encoder.fingerprint for name, encoder in encoders.items()},
    )
    write_text(
        target / BUNDLE_MANIFEST_NAME,
        json.dumps(bundle_manifest.model_dump(mode="json"), indent=2, sort_keys=True) + "\n",
    )
    return bundle_manifest


def require_hashes(folder: Path, parts: Mapping[str, Part]) -> None:
    """Refuses checkpoints without a hash of their weights, in which damage would not be detected.

    Args:
        folder: folder of the checkpoints, for the message.
        parts: description of each checkpoint by its name.

    Raises:
        V2MeowError: when a checkpoint has no hash.
    """
    without = [name for name, part in parts.items() if part.weights == UNKNOWN]
    if without:
        problem = f"The config of {without[0]} in {folder} has no {HASH}, so that damage would not be detected."
        raise V2MeowError(problem, "Train this part again.")


def _write_rounded(bundle: Bundle, parts: Iterable[str], target: Path) -> None:
    parameters = rounded_parameters(bundle, parts)
    renamed = {name: rounded_fingerprint(bundle.folder / name) for name in parameters}
    for name in parts:
        if name in parameters:
            write_rounded(bundle.folder / name, target / name, parameters[name], renamed)
        else:
            _copy(bundle.folder / name, target / name)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for file in PACKED:
        shutil.copyfile(source / file, target / file)


def foreign_files(folder: Path) -> list[str]:
    """Files in the folder of a bundle that do not belong to a bundle, such as a pickle.

    Args:
        folder: folder of a packed bundle.

    Returns:
        Relative paths.
    """
    files = [path.relative_to(folder) for path in folder.rglob("*") if not path.is_dir() or path.is_symlink()]
    return sorted(str(path) for path in files if path.name not in PACKED and path != Path(BUNDLE_MANIFEST_NAME))


def _part(config: dict[str, Any]) -> Part:
    kind, made_by, weights, licence, trained_on = (
        str(config.get(key, UNKNOWN)) for key in ("kind", "fingerprint", HASH, "licence", "trained_on")
    )
    return Part(kind=kind, made_by=made_by, weights=weights, licence=licence, trained_on=trained_on)
