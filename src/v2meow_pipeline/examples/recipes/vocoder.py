"""Training recipe of the vocoder: waveform crops with the log-mel frames that the codec reconstructs for them."""

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.codec_frames import CodecFrames
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.registry import MelCodec, load_codec
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.objective import VocoderObjective


def examples(config: VocoderConfig, sources: Sources, batches: BatchSettings) -> CodecFrames:
    """Batches of crops of the training and validation clips with their quantized log-mel frames.

    Args:
        config: vocoder configuration, with the crop length and the codec's mel bands and floor.
        sources: corpus data, with the fitted codec.
        batches: size and seed of the batches.

    Returns:
        Training and validation batches.

    Raises:
        V2MeowError: if there is no fitted codec.
        StaleError: if the codec has other mel bands.
        ConfigError: if no codec is given, or it does not work on log-mel frames.
    """
    if sources.codec is None:
        raise ConfigError("The vocoder is trained with a codec, and none is given.", "Pass `codec` in the sources.")
    codec = load_codec(sources.codec, sources.clock)
    if not isinstance(codec, MelCodec):
        raise ConfigError("The vocoder needs a codec of log-mel frames.", "Set codec to kmeans or mel_rvq.")
    config.check_frames(codec.config.bands, codec.config.floor)
    return CodecFrames(sources.clip_audio, codec, sources.epochs(batches), config.crop_frames)


RECIPE = Recipe(settings=VocoderConfig, objective=VocoderObjective, examples=examples)
