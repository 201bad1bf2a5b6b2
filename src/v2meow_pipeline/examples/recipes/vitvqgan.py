"""Training recipe of the ViT-VQGAN: single video frames."""

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clips import with_video
from v2meow_pipeline.corpus.frames import write_clip_frames
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.objective import ViTVQGANObjective
from v2meow_pipeline.examples.clip_pictures import ClipPictures
from v2meow_pipeline.examples.epochs import BatchSettings, EpochSampler
from v2meow_pipeline.examples.recipes.recipe import Recipe, Sources

STORE = "frames"


def objective(config: ViTVQGANConfig, _clock: Clock) -> ViTVQGANObjective:
    """Builds the randomly initialized network with its losses.

    Args:
        config: network configuration, the parameters `vitvqgan.model`.
        _clock: not used, since images have no rate.

    Returns:
        Training objective.
    """
    return ViTVQGANObjective(config)


def examples(config: ViTVQGANConfig, sources: Sources, batches: BatchSettings) -> ClipPictures:
    """Batches of frames of the training and validation clips; frames are decoded once and cached in `sources.cache`.

    Args:
        config: network configuration, with the image size.
        sources: corpus data.
        batches: size and seed of the batches.

    Returns:
        Training and validation batches.
    """
    manifest = with_video(sources.manifest)
    train, val = (manifest[manifest["split"] == split] for split in ("train", "val"))
    val = val[: batches.val_clips]
    # Training clips come first, so that their shards stay valid when the number of validation clips changes.
    used = pd.concat([train, val], ignore_index=True)
    folder = write_clip_frames(used, config.size_px, sources.clock, sources.cache / STORE, sources.executor)
    epochs = EpochSampler(train["clip_id"].tolist(), val["clip_id"].tolist(), batches)
    return ClipPictures(ShardReader(folder), epochs)


RECIPE = Recipe(ViTVQGANConfig, objective, examples, clocked=False)
