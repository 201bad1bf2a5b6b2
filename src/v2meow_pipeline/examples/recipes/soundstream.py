"""Training recipe of SoundStream: random waveform crops."""

from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.objective import SoundStreamObjective


def _crops(config: SoundStreamConfig, sources: Sources, batches: BatchSettings) -> AudioCrops:
    return AudioCrops(sources.clip_audio, sources.epochs(batches), sources.clock.samples(config.crop_s))


RECIPE = Recipe(SoundStreamConfig, SoundStreamObjective, _crops)
