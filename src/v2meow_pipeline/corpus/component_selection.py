"""Selection of the codec and of the music-text joint embedding: copies the chosen checkpoint to the path that
tokenizers and stages load from, in place of the default.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from v2meow_pipeline.checkpoint import cached_fit, fingerprint_of, load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders import clap
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.networks.weights import models_folder
from v2meow_pipeline.tokenizers.dac import DacCodec
from v2meow_pipeline.tokenizers.encodec import EncodecCodec
from v2meow_pipeline.tokenizers.pretrained_codec import PretrainedCodec

CodecName = Literal["kmeans", "mel_rvq", "soundstream", "dac", "encodec"]
SpaceName = Literal["head", "mulan", "clap"]

PRETRAINED_CODECS: Mapping[str, Callable[[Clock], PretrainedCodec]] = {"dac": DacCodec, "encodec": EncodecCodec}


def place_codec(name: CodecName, clock: Clock, models: ModelStore, folder: Path) -> Path:
    """Writes the checkpoint of a codec other than "kmeans": one trained by this project, or a published one.

    Args:
        name: "mel_rvq", "soundstream", "dac" or "encodec".
        clock: sample and token rates.
        models: models folder, with the networks trained by this project.
        folder: output directory of the acoustic tokenizer's checkpoint.

    Returns:
        `folder`.

    Raises:
        MissingModelError: if the weights are not on this machine; the message says how to get them.
    """
    if name in PRETRAINED_CODECS:
        codec = PRETRAINED_CODECS[name](clock)
        return cached_fit(folder, codec.fingerprint, lambda: codec.save(folder, codec.fingerprint))
    return _copy(models.network(name), folder, name)


def place_music_text(name: SpaceName, mulan: Path, folder: Path) -> Path:
    """Writes the checkpoint of a joint embedding other than "head": MuLan trained by this project, or CLAP.

    Args:
        name: "mulan" or "clap".
        mulan: checkpoint of the MuLan trained by this project; read for "mulan" only.
        folder: output directory of the joint embedding's checkpoint.

    Returns:
        `folder`.

    Raises:
        MissingModelError: if the weights are not on this machine; the message says how to get them.
    """
    if name != "clap":
        return _copy(mulan, folder, name)
    source = models_folder() / clap.NAME
    made_by = fingerprint(clap.clap_fingerprint(source))
    about = {"kind": clap.KIND, "fingerprint": made_by, "name": clap.NAME}
    return cached_fit(folder, made_by, lambda: save_checkpoint(folder, about, {}))


def _copy(source: Path, folder: Path, name: str) -> Path:
    try:
        made_by = fingerprint_of(source)
    except V2MeowError as error:
        raise MissingModelError(
            f"There is no checkpoint of {name} in {source}.",
            f"Train it first: `.venv/bin/kedro run --pipelines {name}`, with the same --env as this run.",
        ) from error
    return cached_fit(folder, made_by, lambda: save_checkpoint(folder, *load_checkpoint(source)))
