"""The joint space of music and text in a folder, whichever it is."""

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
# A checkpoint of ours that only names weights which lie in the models folder.
REFERENCE = "name"


def music_text_kind(folder: Path) -> str:
    """What a folder holds.

    Args:
        folder: a checkpoint of ours, or a CLAP as transformers writes it.

    Returns:
        "music_text", "mulan" or "clap".

    Raises:
        V2MeowError: when it holds none of them.
    """
    config = read_config(folder)
    kind = config.get("kind", config.get("model_type"))
    if kind not in LOADERS:
        raise V2MeowError(
            f"{folder} holds a {kind!r}, not a joint space of music and text.",
            f"Point to a folder with one of: {', '.join(sorted(LOADERS))}.",
        )
    return str(kind)


def load_music_text(folder: Path) -> MusicTextEncoder:
    """The joint space of music and text in a folder.

    Args:
        folder: see `music_text_kind`.

    Returns:
        The encoder with its weights.

    Raises:
        V2MeowError: when there is none; MissingModelError and StaleError as the encoder's own loading raises them.
    """
    loader = LOADERS[music_text_kind(folder)]
    config = read_config(folder)
    if REFERENCE not in config:
        return loader(folder)
    encoder = loader(models_folder() / config[REFERENCE])
    if fingerprint(encoder.fingerprint) != config["fingerprint"]:
        raise StaleError(
            f"The weights in {models_folder() / config[REFERENCE]} are not those that {folder} was made with.",
            "Put the former weights back, or run `.venv/bin/kedro run --pipeline train` again.",
        )
    return encoder


def music_text_fingerprint(folder: Path) -> str:
    """What vectors of this joint space are made with, without loading it.

    Args:
        folder: see `music_text_kind`.

    Returns:
        The `fingerprint` of a checkpoint's config; of a CLAP, that of its files.

    Raises:
        V2MeowError: when there is none.
    """
    config = read_config(folder)
    if music_text_kind(folder) == clap.KIND and REFERENCE not in config:
        return clap.clap_fingerprint(folder)
    return str(config["fingerprint"])
