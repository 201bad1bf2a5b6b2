"""Training recipe of w2v-BERT: random waveform crops."""

from v2meow_pipeline.examples.audio_crops import AudioCrops
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources
from v2meow_pipeline.tokenizers.w2v_bert import W2vBertConfig, W2vBertObjective


def _crops(config: W2vBertConfig, sources: Sources, batches: BatchSettings) -> AudioCrops:
    return AudioCrops(sources.clip_audio, sources.epochs(batches), sources.clock.samples(config.crop_s))


RECIPE = Recipe(W2vBertConfig, W2vBertObjective, _crops)
