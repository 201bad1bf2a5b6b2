"""The recipe: frames of the corpus go through the objective."""

from pathlib import Path

import torch
from tests.support.corpus_videos import make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.encoders.vitvqgan.objective import IMAGES
from v2meow_pipeline.examples.epochs import BatchSettings
from v2meow_pipeline.examples.recipes.recipe import Sources
from v2meow_pipeline.examples.recipes.vitvqgan import RECIPE
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.source_video import SourceVideo

CLOCK = Clock(clip_s=2.0)
VIT = {"width": 8, "layers": 1, "heads": 2, "feed_forward": 16}


def test_a_training_batch_gives_a_loss(tmp_path: Path) -> None:
    """Catches frames of another size than the network reads, and validation or test clips in training."""
    path = make_video(tmp_path / "0.mp4", 6, tone(6, 300), shade=100)
    source = SourceVideo(source_id="0", path=str(path), corpus="made")
    clips = build_tables([source], IngestConfig(workers=1), CLOCK)[0].sort_values("start_s")
    manifest = clips.assign(split=["train", "val", "test-iid"])
    sources = Sources(
        manifest=manifest,
        clip_audio=None,  # pictures need no sound
        clock=CLOCK,
        cache=tmp_path / "cache",
        executor=SERIAL,
    )
    config = RECIPE.settings.parse({"size_px": 16, "encoder": VIT, "decoder": VIT})
    examples = RECIPE.examples(config, sources, BatchSettings(3, 0, 8))
    assert len(ShardReader(tmp_path / "cache" / "frames").clip_ids) == 2
    green = [255 * batch[IMAGES][:, 1].mean() for batch in (examples.train(0), *examples.validation())]
    assert green[0] < 70 < green[1], "green rises with time, and the validation clip comes second"
    torch.manual_seed(0)
    objective = RECIPE.objective(config, CLOCK)
    losses = objective.loss(examples.train(0), "network")
    assert torch.isfinite(losses.total) and losses.total.requires_grad
