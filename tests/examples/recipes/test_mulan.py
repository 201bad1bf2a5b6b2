"""The recipe's examples fit its objective."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import AUDIO
from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.mulan import RECIPE
from v2meow_pipeline.examples.recipes.recipe import Sources
from v2meow_pipeline.parallel import SERIAL

CLIPS = ["a", "b", "c", "d"]
BLOCKS = {"layers": 1, "width": 8, "heads": 1, "feed_forward": 8}


@pytest.mark.parametrize("kind", ["own", "minilm"])
def test_a_step_and_a_validation_run(tmp_path: Path, kind: str) -> None:
    """Catches batches whose names, rates or lengths the network does not take."""
    clock = Clock(clip_s=1.0)
    waves = np.random.default_rng(0).integers(-9000, 9000, (4, clock.clip_samples), dtype=np.int16)
    writer = ShardWriter(tmp_path / "audio", CLIPS, "audio-1")
    fill(writer, lambda shard: {AUDIO: waves}, SERIAL, "audio")
    splits, captions = ["train", "train", "val", "val"], ["calm piano", "loud drums", "calm drums", None]
    manifest = pd.DataFrame({"clip_id": CLIPS, "split": splits, "caption": captions})
    sources = Sources(
        manifest=manifest,
        clip_audio=ShardReader(tmp_path / "audio"),
        clock=clock,
        cache=tmp_path / "cache",
        executor=SERIAL,
    )
    sound = {"transformer": BLOCKS, "segment_s": 0.64, "masked_frames": 8}
    config = RECIPE.settings.parse({"sound": sound, "text": {"kind": kind, "transformer": BLOCKS}})
    torch.manual_seed(0)
    objective = RECIPE.objective(config, clock)
    examples = RECIPE.examples(config, sources, BatchSettings(2, 0, 8))
    objective.prepare(examples)
    assert torch.isfinite(objective.loss(examples.train(0), "network").total)
    assert torch.isfinite(objective.eval().judge(next(examples.validation()))["loss"])
