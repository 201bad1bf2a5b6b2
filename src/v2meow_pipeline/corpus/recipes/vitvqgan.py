"""How the ViT-VQGAN is trained: on single frames of the corpus' clips."""

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_pictures import ClipPictures
from v2meow_pipeline.corpus.frames import write_clip_frames
from v2meow_pipeline.corpus.recipes.recipe import Recipe, Sources
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.vitvqgan.config import ViTVQGANConfig
from v2meow_pipeline.encoders.vitvqgan.objective import ViTVQGANObjective

STORE = "frames"


def objective(config: ViTVQGANConfig, _clock: Clock) -> ViTVQGANObjective:
    """The network and its losses: a picture has no rate.

    Args:
        config: the parameters `vitvqgan.model`.
        _clock: not used.

    Returns:
        With random weights.
    """
    return ViTVQGANObjective(config)


def examples(config: ViTVQGANConfig, sources: Sources, batch_size: int, seed: int, val_clips: int) -> ClipPictures:
    """Frames of the training and validation clips, decoded into a store the first time.

    Args:
        config: the parameters `vitvqgan.model`; gives the size of the pictures.
        sources: the corpus.
        batch_size: pictures of a step.
        seed: of order, frames and mirrors.
        val_clips: validation clips at most.

    Returns:
        The batches.
    """
    train, val = (sources.manifest[sources.manifest["split"] == split] for split in ("train", "val"))
    val = val[:val_clips]
    # Training clips come first: with more or fewer validation clips their shards stay as they are.
    seen = pd.concat([train, val], ignore_index=True)
    folder = write_clip_frames(seen, config.size_px, sources.clock, sources.cache / STORE, sources.executor)
    train_ids, val_ids = train["clip_id"].tolist(), val["clip_id"].tolist()
    return ClipPictures(ShardReader(folder), train_ids, val_ids, batch_size, seed, val_clips)


RECIPE = Recipe(ViTVQGANConfig, objective, examples, clocked=False)
