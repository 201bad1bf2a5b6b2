"""How the vocoder learns from the corpus: crops of sound beside the frames that the codec decodes for them."""

from v2meow_pipeline.corpus.codec_frames import CodecFrames
from v2meow_pipeline.corpus.fitting import clips_of
from v2meow_pipeline.corpus.recipes.recipe import Recipe, Sources
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.tokenizers.acoustic import KIND as CODEC
from v2meow_pipeline.tokenizers.registry import MelCodec, load_codec
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.objective import VocoderObjective


def examples(config: VocoderConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> CodecFrames:
    """Crops of the training and validation clips with their quantized frames.

    Args:
        config: length of the crops, and the codec's bands and floor.
        sources: the corpus and its fitted codec.
        batch_size: crops of a step.
        seed: of their order, place and levels.
        val_clips: validation clips at most.

    Returns:
        The batches. Without a fitted codec it is a V2MeowError; one of other bands is a StaleError, one that does not
        work on log-mel frames a ConfigError.
    """
    codec = load_codec(sources.models / CODEC, sources.clock)
    if not isinstance(codec, MelCodec):
        raise ConfigError("This codec has no log-mel frames to decode.", "Set codec to kmeans or mel_rvq.")
    config.check_frames(codec.config.bands, codec.config.floor)
    train, val = (clips_of(sources.manifest, split) for split in ("train", "val"))
    return CodecFrames(sources.clip_audio, codec, train, val, config.crop_frames, batch_size, seed, val_clips)


RECIPE = Recipe(settings=VocoderConfig, objective=VocoderObjective, examples=examples)
