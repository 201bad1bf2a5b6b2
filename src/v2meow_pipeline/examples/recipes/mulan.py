"""Training recipe of MuLan: audio segments with the caption of their clip."""

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.encoders.mulan.text import build_reader
from v2meow_pipeline.examples.captioned_crops import CaptionedCrops
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources


def objective(config: MulanConfig, _clock: Clock) -> MulanObjective:
    """Both randomly initialized towers with their contrastive loss."""
    return MulanObjective(config)


def examples(config: MulanConfig, sources: Sources, batches: BatchSettings) -> CaptionedCrops:
    """Batches of captioned crops; clips without a caption are skipped and counted."""
    return CaptionedCrops(
        sources.clip_audio,
        sources.manifest,
        build_reader(config.text),
        (sources.clock.sample_rate_hz, config.sound.sample_rate_hz),
        config.sound.segment_s,
        batches,
    )


# Audio is resampled to the sample rate of the network, so its weights do not depend on the clock.
RECIPE = Recipe(MulanConfig, objective, examples, clocked=False)
