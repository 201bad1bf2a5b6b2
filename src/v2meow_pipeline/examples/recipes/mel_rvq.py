"""Training recipe of the log-mel RVQ codec: log-mel frames of random crops."""

from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.mel_crops import MelCrops
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.mel_rvq.codec import log_mel_of
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.mel_rvq.objective import MelRvqObjective


def examples(config: MelRvqConfig, sources: Sources, batches: BatchSettings) -> MelCrops:
    """Batches of log-mel crops of the training and validation clips.

    Args:
        config: codec configuration, with the crop length and the mel bands.
        sources: corpus data.
        batches: size and seed of the batches.

    Returns:
        Training and validation batches.
    """
    samples = config.crop_frames * sources.clock.mel_hop_samples
    crops = AudioCrops(sources.clip_audio, sources.epochs(batches), samples)
    return MelCrops(crops, log_mel_of(config, sources.clock), config.crop_frames)


RECIPE = Recipe(MelRvqConfig, MelRvqObjective, examples)
