"""Training examples."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from tests.support.model_makers import CLOCK, tiny_model
from tests.support.stage_corpus import corpus

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.examples.stage_examples import StageClips, StageExamples, pick
from v2meow_pipeline.models.stages import STAGE_NAMES


def examples(clips: StageClips, **fit: object) -> StageExamples:
    """Batches of some clips, for training and validation alike."""
    return StageExamples(clips, clips, "test", **{"batch_size": 4, "seed": 0, **fit})


@pytest.mark.parametrize("stage", STAGE_NAMES)
def test_a_batch_is_what_the_model_takes(stage: str) -> None:
    """Catches streams cut to other lengths than the model expects."""
    model = tiny_model(stage, crop_s=3.0)
    data = corpus()
    clips = StageClips(model, data.readers, data.train)
    batch = examples(clips).train(3)
    assert torch.isfinite(model(batch.conditions, batch.tokens, batch.start_s).loss)
    assert batch.tokens.shape[-1] == round(3 * model.rate_hz)


def test_all_streams_of_a_crop_start_together() -> None:
    """Catches a crop of tokens that belongs to other seconds than its features."""
    model = tiny_model("coarse", crop_s=4.0)
    data = corpus()
    arrays = {
        "semantic": np.tile(np.arange(250) // 25, (12, 1)),
        "acoustic": np.tile(np.arange(500) // 50, (12, 5, 1)),
        **{name: np.tile(np.arange(10.0)[None, :, None], (12, 1, w)) for name, w in (("image", 12), ("flow", 7))},
    }
    data.readers["semantic"].arrays = arrays
    clips = StageClips(model, data.readers, data.train)
    assert clips.starts == 7
    batch = clips.batch(np.arange(7), np.arange(7))
    seconds = batch.start_s.long()
    assert seconds.tolist() == list(range(7))
    assert torch.equal(batch.conditions["image"][:, 0, 0].long(), seconds)
    assert torch.equal(batch.conditions["semantic"][:, 0, 0], seconds)
    assert torch.equal(batch.tokens[:, 0, 0], seconds) and torch.equal(batch.tokens[:, 0, -1], seconds + 3)


def test_batches_depend_on_seed_and_step_only() -> None:
    """Catches an order that a resumed run cannot continue."""
    data = corpus()
    clips = StageClips(tiny_model("semantic", crop_s=2.0), data.readers, data.train)
    through = [examples(clips, seed=5).train(step) for step in range(6)]
    resumed = [examples(clips, seed=5).train(step) for step in range(3, 6)]
    assert all(torch.equal(a.tokens, b.tokens) for a, b in zip(through[3:], resumed, strict=True))
    other = [examples(clips, seed=6).train(step) for step in range(6)]
    assert [b.start_s.tolist() for b in other] != [b.start_s.tolist() for b in through]


@given(clips=st.integers(1, 30), batch=st.integers(1, 9), seed=st.integers(0, 9))
def test_every_clip_is_seen_once_an_epoch(clips: int, batch: int, seed: int) -> None:
    """Catches a sampler that forgets the last clips or draws with replacement."""
    seen = np.concatenate([pick(clips, 3, batch, seed, step)[0] for step in range(clips)])
    for epoch in range(batch):
        assert sorted(seen[epoch * clips : (epoch + 1) * clips]) == list(range(clips))


def test_ranks_share_a_batch() -> None:
    """Catches two devices that train on the same examples."""
    data = corpus()
    clips = StageClips(tiny_model("semantic"), data.readers, data.train)
    whole = examples(clips).train(0)
    parts = [examples(clips).train(0, rank, 2) for rank in (0, 1)]
    assert torch.equal(torch.stack([p.tokens for p in parts], dim=1).flatten(0, 1), whole.tokens)


def test_validation_is_the_same_each_time_and_has_each_clip_once() -> None:
    """Catches validation losses that cannot be compared."""
    data = corpus()
    clips = StageClips(tiny_model("coarse", crop_s=2.0), data.readers, data.train)
    batches = examples(clips, batch_size=3, val_clips=7)
    assert [len(b.tokens) for b in batches.validation()] == [3, 3, 1]
    pairs = zip(batches.validation(), batches.validation(), strict=True)
    assert all(torch.equal(a.tokens, b.tokens) for a, b in pairs)
    assert len(set(batches.chosen)) == 7


def test_acoustic_levels_go_to_the_right_stages() -> None:
    """Catches coarse and fine levels swapped or off by one."""
    data = corpus()
    acoustic = data.readers["acoustic"].stack("acoustic", data.train)
    coarse = StageClips(tiny_model("coarse"), data.readers, data.train)
    fine = StageClips(tiny_model("fine"), data.readers, data.train)
    assert np.array_equal(coarse.targets, acoustic[:, : CLOCK.coarse_levels])
    assert np.array_equal(fine.targets, acoustic[:, CLOCK.coarse_levels :])
    assert np.array_equal(fine.streams["coarse"], coarse.targets)


def test_an_empty_split_is_an_error_with_a_remedy() -> None:
    """Catches a division by zero deep inside."""
    with pytest.raises(ConfigError, match="no clips"):
        StageClips(tiny_model("fine"), corpus().readers, [])
