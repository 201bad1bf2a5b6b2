"""Releases that are made for a test: files with a manifest, as `v2meow release build` leaves them."""

import hashlib
import json
from pathlib import Path
from typing import Any

from v2meow_pipeline.release import MANIFEST_NAME, PACKAGE

PARTS = {
    "audio_prompts": "audio_prompts",
    "codec": "acoustic_tokenizer",
    "coarse/checkpoint": "stage",
    "vocoder/checkpoint": "vocoder",
}


def make_release(site: Path, version: str = "9.1.0", **changes: Any) -> Path:
    """A package with a few small files below `site`, which a test may put on the path.

    Args:
        site: folder that the package lies in.
        version: of the release.
        **changes: values of the manifest.

    Returns:
        The package's folder.
    """
    folder = site / PACKAGE
    (folder / "model").mkdir(parents=True)
    (folder / "__init__.py").write_text(f'"""Files."""\n\n__version__ = "{version}"\n')
    (folder / "model/bundle.json").write_text("{}\n")
    for name, kind in PARTS.items():
        (folder / "model" / name).mkdir(parents=True)
        (folder / "model" / name / "config.json").write_text(f'{{"kind": "{kind}"}}\n')
    about = {"made_by": "abc", "parameters": 1, "licence": "CC0-1.0", "trained_on": "a clip"}
    files = ["model/bundle.json", *(f"model/{name}/config.json" for name in PARTS)]
    manifest = {
        "schema_version": 1,
        "version": version,
        "model": "0123",
        "content": "4567",
        "precision": "float16",
        "files": {name: _entry(folder / name) for name in files},
        "parts": {name: {"kind": kind, **about} for name, kind in PARTS.items()},
    }
    write_manifest(folder, {**manifest, **changes})
    return folder


def write_manifest(folder: Path, values: dict[str, Any]) -> None:
    """Replaces a release's manifest."""
    (folder / MANIFEST_NAME).write_text(json.dumps(values))


def _entry(path: Path) -> dict[str, Any]:
    data = path.read_bytes()
    return {"bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
