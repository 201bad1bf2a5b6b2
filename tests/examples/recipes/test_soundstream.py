"""The recipe: crops of the corpus go through the objective."""

from pathlib import Path

import numpy as np
import pandas as pd
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import AUDIO, to_pcm
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Sources
from v2meow_pipeline.examples.recipes.soundstream import RECIPE
from v2meow_pipeline.parallel import SERIAL

CLOCK = Clock(clip_s=1.0, acoustic_vocab=16, acoustic_levels=2, coarse_levels=1)


def test_a_training_batch_gives_a_loss(tmp_path: Path) -> None:
    """Catches crops of another length than the objective expects, and validation clips in training."""
    clips = [f"clip-{i}" for i in range(4)]
    writer = ShardWriter(tmp_path / "audio", clips, "audio", 2)
    for shard in writer.shards:
        levels = np.array([int(clip[-1]) / 10 for clip in shard.clip_ids])
        writer.write(shard, {AUDIO: to_pcm(levels[:, None] * np.ones(CLOCK.clip_samples))})
    writer.finish()
    manifest = pd.DataFrame({"clip_id": clips, "split": ["train", "train", "train", "val"]})
    sources = Sources(
        manifest=manifest,
        clip_audio=ShardReader(tmp_path / "audio"),
        clock=CLOCK,
        cache=tmp_path / "cache",
        executor=SERIAL,
    )
    config = RECIPE.settings.parse({"crop_s": 0.2, "widths": (4, 4, 4, 4, 4), "units": (0, 0, 0, 1), "code_width": 4})
    examples = RECIPE.examples(config, sources, BatchSettings(2, 0, 8))
    batch = examples.train(0)
    assert batch["wave"].shape == (2, CLOCK.samples(0.2))
    assert batch["wave"].max() < 0.25
    (held_out,) = examples.validation()
    assert held_out["wave"].min() > 0.25
    torch.manual_seed(0)
    trained = RECIPE.objective(config, CLOCK)
    for player in trained.optimizer_groups():
        assert trained.loss(batch, player).total.isfinite()
