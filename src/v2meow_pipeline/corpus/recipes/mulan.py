"""How MuLan is trained on the corpus: 10 s of sound and the caption of its clip."""

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.captioned_crops import CaptionedCrops
from v2meow_pipeline.corpus.recipes.recipe import Recipe, Sources
from v2meow_pipeline.encoders.mulan.config import MulanConfig
from v2meow_pipeline.encoders.mulan.objective import MulanObjective
from v2meow_pipeline.encoders.mulan.text import build_reader


def objective(config: MulanConfig, _clock: Clock) -> MulanObjective:
    """Both towers with random weights, and their loss."""
    return MulanObjective(config)


def examples(config: MulanConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> CaptionedCrops:
    """Crops with captions; clips without a caption are left out, and counted."""
    return CaptionedCrops(
        sources.clip_audio,
        sources.manifest,
        build_reader(config.text),
        (sources.clock.sample_rate_hz, config.sound.sample_rate_hz),
        config.sound.segment_s,
        batch_size,
        seed,
        val_clips,
    )


# Sound is resampled to the network's own rate, so its weights fit every clock.
RECIPE = Recipe(MulanConfig, objective, examples, clocked=False)
