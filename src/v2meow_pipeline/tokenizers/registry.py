"""Which codec a checkpoint holds: the residual k-means one, SoundStream, or one that others trained."""

from collections.abc import Callable
from pathlib import Path

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tokenizers import acoustic
from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.dac import DacCodec
from v2meow_pipeline.tokenizers.encodec import EncodecCodec
from v2meow_pipeline.tokenizers.soundstream import codec as soundstream
from v2meow_pipeline.tokenizers.soundstream.codec import SoundStreamCodec

CODECS: dict[str, Callable[[Path, Clock], Codec]] = {
    acoustic.KIND: AcousticTokenizer.load,
    soundstream.KIND: SoundStreamCodec.load,
    DacCodec.kind: DacCodec.load,
    EncodecCodec.kind: EncodecCodec.load,
}


def load_codec(folder: Path, clock: Clock) -> Codec:
    """The codec of a checkpoint, whichever it is.

    Args:
        folder: a checkpoint of an acoustic tokenizer.
        clock: the one in use.

    Returns:
        The codec.

    Raises:
        V2MeowError: when the checkpoint is missing, damaged, or of no codec; one made for another clock, or with other
            weights than those that it names, is a StaleError; absent weights are a MissingModelError.
    """
    kind = read_config(folder).get("kind")
    if kind not in CODECS:
        raise V2MeowError(
            f"{folder} holds a {kind!r}, which is no codec.", f"Codecs are {', '.join(CODECS)}: point to one of them."
        )
    return CODECS[kind](folder, clock)
