"""Training recipe of the vocoder: waveform crops with the log-mel frames that the codec reconstructs for them."""

from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.codec_frames import CodecFrames
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.registry import MelCodec, load_codec
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.objective import VocoderObjective


def examples(config: VocoderConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> CodecFrames:
    """Batches of crops of the training and validation clips with their quantized log-mel frames.

    Args:
        config: vocoder configuration, with the crop length and the codec's mel bands and floor.
        sources: corpus data, with the fitted codec.
        batch_size: crops per step.
        seed: seeds the clip order, the crop positions and the number of codec levels.
        val_clips: maximum number of validation clips.

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
    train, val = (clips_of(sources.manifest, split) for split in ("train", "val"))
    return CodecFrames(sources.clip_audio, codec, train, val, config.crop_frames, batch_size, seed, val_clips)


RECIPE = Recipe(settings=VocoderConfig, objective=VocoderObjective, examples=examples)
