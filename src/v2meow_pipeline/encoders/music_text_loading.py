"""Loading of music-text encoders of any kind."""

from collections.abc import Callable
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders import clap, music_text
from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.mulan import encoder as mulan
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.networks.weights import models_folder

LOADERS: dict[str, Callable[[Path], MusicTextEncoder]] = {
    music_text.KIND: music_text.MusicTextHead.load,
    mulan.KIND: mulan.Mulan.load,
    clap.KIND: clap.Clap,
}
# Key of a checkpoint that refers to weights in the models folder by name.
REFERENCE = "name"


def music_text_kind(folder: Path) -> str:
    """Kind of the music-text encoder in a folder.

    Args:
        folder: checkpoint directory of this project, or a CLAP model in transformers format.

    Returns:
        "music_text", "mulan" or "clap".

    Raises:
        V2MeowError: if the folder contains none of them.
    """
    config = read_config(folder)
    kind = config.get("kind", config.get("model_type"))
    if kind not in LOADERS:
        raise V2MeowError(
            f"{folder} holds a {kind!r}, not a joint space of music and text.",
            f"Give a folder of kind {', '.join(sorted(LOADERS))}.",
        )
    return str(kind)


def load_music_text(folder: Path) -> MusicTextEncoder:
    """Loads the music-text encoder in a folder.

    Args:
        folder: directory of the encoder (see `music_text_kind`).

    Returns:
        The encoder.

    Raises:
        V2MeowError: if the folder contains no music-text encoder; MissingModelError and StaleError as raised by the
            encoder's loader.
    """
    loader = LOADERS[music_text_kind(folder)]
    config = read_config(folder)
    if REFERENCE not in config:
        return loader(folder)
    encoder = loader(models_folder() / config[REFERENCE])
    if fingerprint(encoder.fingerprint) != config["fingerprint"]:
        raise StaleError(
            f"The weights in {models_folder() / config[REFERENCE]} are not those that {folder} was made with.",
            "Restore the previous weights, or run `.venv/bin/kedro run --pipeline train` again.",
        )
    return encoder


def music_text_fingerprint(folder: Path) -> str:
    """Fingerprint of the music-text encoder in a folder, without loading it.

    Args:
        folder: directory of the encoder (see `music_text_kind`).

    Returns:
        Fingerprint in the checkpoint's config; for a CLAP model, the fingerprint of its files.

    Raises:
        V2MeowError: if the folder contains no music-text encoder.
    """
    config = read_config(folder)
    if music_text_kind(folder) == clap.KIND and REFERENCE not in config:
        return clap.clap_fingerprint(folder)
    return str(config["fingerprint"])
