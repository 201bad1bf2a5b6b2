"""Which codec a checkpoint holds: residual k-means, mel_rvq, SoundStream, or one that others trained."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from v2meow_pipeline.checkpoint import CONFIG_NAME, fingerprint_of, read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
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


# Codecs on log-mel frames: a vocoder can decode them.
MelCodec = AcousticTokenizer | MelRvqCodec


def load_codec(folder: Path, clock: Clock, decoder: Decoder = "griffin_lim") -> Codec:
    """The codec of a checkpoint, whichever it is.

    Args:
        folder: a checkpoint of an acoustic tokenizer.
        clock: the one in use.
        decoder: what makes sound of the log-mel frames of kmeans and mel_rvq; "vocoder" is the network in the folder
            `vocoder` beside it. Other codecs decode by themselves.

    Returns:
        The codec.

    Raises:
        V2MeowError: when the checkpoint is missing, damaged, or of no codec; one made for another clock, or with other
            weights than those that it names, is a StaleError; absent weights are a MissingModelError.
    """
    kind = read_config(folder).get("kind")
    if kind not in CODECS:
        raise V2MeowError(f"{folder} holds a {kind!r}, which is not a codec.", f"Point to one of {', '.join(CODECS)}.")
    codec = CODECS[kind](folder, clock)
    if decoder == "vocoder":
        if not isinstance(codec, MelCodec):
            raise ConfigError(f"The codec {kind} decodes by itself.", "Set decoder to griffin_lim, which it ignores.")
        codec.use_vocoder(load_vocoder(trained_vocoder(folder), clock))
    return codec


def vocoder_folder(codec: Path) -> Path:
    """Where the vocoder of a codec's checkpoint lies, once `kedro run --pipeline vocoder` has trained it."""
    return codec.parent / "vocoder" / "checkpoint"


def trained_vocoder(codec: Path) -> Path:
    """The checkpoint of the vocoder beside a codec's.

    Args:
        codec: its checkpoint.

    Returns:
        The vocoder's folder.

    Raises:
        MissingModelError: when it was not trained.
    """
    folder = vocoder_folder(codec)
    if not (folder / CONFIG_NAME).is_file():
        raise MissingModelError(
            f"There is no vocoder in {folder}.",
            "Train it: `.venv/bin/kedro run --pipeline vocoder`; or decode with griffin_lim.",
        )
    return folder


def decoder_fingerprint(codec: Path, decoder: Decoder) -> str:
    """What changes when a codec's sound does, though its tokens stay.

    Args:
        codec: its checkpoint.
        decoder: as in `load_codec`.

    Returns:
        The codec's fingerprint, and the vocoder's.

    Raises:
        V2MeowError: when one of them is missing.
    """
    parts = [codec, trained_vocoder(codec)] if decoder == "vocoder" else [codec]
    return "+".join(fingerprint_of(part) for part in parts)
