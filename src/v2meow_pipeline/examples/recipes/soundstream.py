"""Training recipe of SoundStream: random waveform crops."""

from v2meow_pipeline.corpus.clips import clips_of
from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.objective import SoundStreamObjective


def _crops(config: SoundStreamConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> AudioCrops:
    train, val = (clips_of(sources.manifest, split) for split in ("train", "val"))
    samples = sources.clock.samples(config.crop_s)
    return AudioCrops(sources.clip_audio, train, val, samples, batch_size, seed, val_clips)


RECIPE = Recipe(SoundStreamConfig, SoundStreamObjective, _crops)
