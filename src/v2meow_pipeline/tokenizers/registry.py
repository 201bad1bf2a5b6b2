"""Registry of codecs: loads the codec of a checkpoint by its kind."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from v2meow_pipeline.checkpoint import CONFIG_NAME, fingerprint_of, read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.tokenizers import acoustic
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.dac import DacCodec
from v2meow_pipeline.tokenizers.encodec import EncodecCodec
from v2meow_pipeline.tokenizers.mel_rvq import codec as mel_rvq
from v2meow_pipeline.tokenizers.mel_rvq.codec import MelRvqCodec
from v2meow_pipeline.tokenizers.soundstream import codec as soundstream
from v2meow_pipeline.tokenizers.soundstream.codec import SoundStreamCodec
from v2meow_pipeline.tokenizers.vocoder.checkpointing import load_vocoder

Decoder = Literal["griffin_lim", "vocoder"]

CODECS: dict[str, Callable[[Path, Clock], Codec]] = {
    acoustic.KIND: AcousticTokenizer.load,
    mel_rvq.KIND: MelRvqCodec.load,
    soundstream.KIND: SoundStreamCodec.load,
    DacCodec.kind: DacCodec.load,
    EncodecCodec.kind: EncodecCodec.load,
}


# Codecs on log-mel frames, which can be decoded with a vocoder.
MelCodec = AcousticTokenizer | MelRvqCodec


def load_codec(folder: Path, clock: Clock, decoder: Decoder = "griffin_lim") -> Codec:
    """Loads a codec of any kind.

    Args:
        folder: checkpoint directory of an acoustic tokenizer.
        clock: required clock.
        decoder: waveform synthesis of the codecs on log-mel frames (kmeans, mel_rvq); "vocoder" uses the network in the
            same models folder. Other codecs have their own decoder and accept only "griffin_lim".

    Returns:
        The codec.

    Raises:
        V2MeowError: if the checkpoint is missing, damaged or not a codec; StaleError if it was made for another clock
            or other weights; MissingModelError if the weights are absent; ConfigError if a codec with its own decoder
            is combined with the vocoder.
    """
    kind = read_config(folder).get("kind")
    if kind not in CODECS:
        raise V2MeowError(
            f"{folder} holds a {kind!r} checkpoint, which is not a codec.",
            f"Give the folder of a checkpoint of kind {', '.join(CODECS)}.",
        )
    codec = CODECS[kind](folder, clock)
    if decoder == "vocoder":
        if not isinstance(codec, MelCodec):
            raise ConfigError(
                f"The codec {kind} has its own decoder and cannot use the vocoder.",
                "Set decoder to griffin_lim, which this codec ignores.",
            )
        codec.use_vocoder(load_vocoder(trained_vocoder(folder), clock))
    return codec


def vocoder_folder(codec: Path) -> Path:
    """Checkpoint directory of the vocoder that belongs to a codec's checkpoint."""
    return ModelStore.containing(codec).vocoder


def trained_vocoder(codec: Path) -> Path:
    """Checkpoint directory of the vocoder of a codec, checked for existence.

    Args:
        codec: checkpoint directory of the codec.

    Returns:
        Checkpoint directory of the vocoder.

    Raises:
        MissingModelError: if the vocoder has not been trained.
    """
    folder = vocoder_folder(codec)
    if not (folder / CONFIG_NAME).is_file():
        raise MissingModelError(
            f"There is no vocoder in {folder}.",
            "Train it with `kedro run --pipelines vocoder`, with the same --env, or set decoder to griffin_lim.",
        )
    return folder


def decoder_fingerprint(codec: Path, decoder: Decoder) -> str:
    """Fingerprint of codec and decoder, which determine the decoded waveform.

    Args:
        codec: checkpoint directory of the codec.
        decoder: see `load_codec`.

    Returns:
        Fingerprint of the codec, followed by that of the vocoder if it is used.

    Raises:
        V2MeowError: if a checkpoint is missing.
    """
    parts = [codec, trained_vocoder(codec)] if decoder == "vocoder" else [codec]
    return "+".join(fingerprint_of(part) for part in parts)
