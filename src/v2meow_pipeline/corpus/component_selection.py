"""Which codec, and which joint space of music and text, a corpus is prepared with: where tokenizers and stages look for
them, a chosen one is put in place of the embedded default.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

from v2meow_pipeline.checkpoint import cached_fit, fingerprint_of, load_checkpoint, save_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders import clap
from v2meow_pipeline.errors import MissingModelError, V2MeowError
from v2meow_pipeline.networks.weights import models_folder
from v2meow_pipeline.tokenizers.dac import DacCodec
from v2meow_pipeline.tokenizers.encodec import EncodecCodec
from v2meow_pipeline.tokenizers.pretrained_codec import PretrainedCodec

CodecName = Literal["kmeans", "mel_rvq", "soundstream", "dac", "encodec"]
SpaceName = Literal["head", "mulan", "clap"]

PRETRAINED_CODECS: Mapping[str, Callable[[Clock], PretrainedCodec]] = {"dac": DacCodec, "encodec": EncodecCodec}


def place_codec(name: CodecName, clock: Clock, models: Path, folder: Path) -> Path:
    """The checkpoint of a codec that is not fitted by k-means: one trained here, or one by others.

    Args:
        name: "mel_rvq", "soundstream", "dac" or "encodec".
        clock: the rates.
        models: the folder of the networks trained here.
        folder: of the acoustic tokenizer's checkpoint.

    Returns:
        The same folder.

    Raises:
        MissingModelError: when its weights are not on this machine; the message says how they get there.
    """
    if name in PRETRAINED_CODECS:
        codec = PRETRAINED_CODECS[name](clock)
        return cached_fit(folder, codec.fingerprint, lambda: codec.save(folder, codec.fingerprint))
    return _copy(models / name / "checkpoint", folder, name)


def place_music_text(name: SpaceName, models: Path, folder: Path) -> Path:
    """The checkpoint of a joint space other than the embedded default's head: MuLan as trained here, or CLAP.

    Args:
        name: "mulan" or "clap".
        models: the folder of the networks trained here.
        folder: of the joint space's checkpoint.

    Returns:
        The same folder.

    Raises:
        MissingModelError: when its weights are not on this machine; the message says how they get there.
    """
    if name != "clap":
        return _copy(models / name / "checkpoint", folder, name)
    source = models_folder() / clap.NAME
    made_by = fingerprint(clap.clap_fingerprint(source))
    about = {"kind": clap.KIND, "fingerprint": made_by, "name": clap.NAME}
    return cached_fit(folder, made_by, lambda: save_checkpoint(folder, about, {}))


def _copy(source: Path, folder: Path, name: str) -> Path:
    try:
        made_by = fingerprint_of(source)
    except V2MeowError as error:
        raise MissingModelError(
            f"There is no {name} in {source}.", f"Run `.venv/bin/kedro run --pipeline {name}` first, which trains it."
        ) from error
    return cached_fit(folder, made_by, lambda: save_checkpoint(folder, *load_checkpoint(source)))
