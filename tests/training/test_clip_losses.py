"""Losses of single clips."""

from pathlib import Path

import numpy as np
import pytest
from tests.support.stage_corpus import corpus, job

from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.training.clip_losses import clip_level_losses, clip_losses
from v2meow_pipeline.training.trainer import fit


@pytest.mark.parametrize("stage", ["semantic", "fine"])
def test_a_clip_has_its_own_loss_whatever_else_is_asked_for(stage: str, tmp_path: Path) -> None:
    """Catches losses that depend on neighbours, or on a prompt made of the very sound."""
    data = corpus()
    model = load_stage(fit(job(stage, data=data, max_steps=10), tmp_path).path)
    losses = clip_losses(model, data.readers, data.val)
    assert losses.shape == (4,) and (losses > 0).all()
    assert clip_losses(model, data.readers, data.val[1:2])[0] == losses[1]
    blind = {**data.readers}
    blind["music_text"] = _Other(data.readers["music_text"])
    np.testing.assert_array_equal(clip_losses(model, blind, data.val), losses)


class _Other:
    """A reader whose vectors say something else."""

    def __init__(self, reader: object) -> None:
        self.reader = reader

    def stack(self, name: str, clip_ids: object) -> np.ndarray:
        return -3 * self.reader.stack(name, clip_ids)  # type: ignore[attr-defined]

    def __contains__(self, clip_id: object) -> bool:
        return clip_id in self.reader  # type: ignore[operator]


def test_what_was_learned_by_heart_has_the_lower_loss(tmp_path: Path) -> None:
    """Catches losses in another order than their clips."""
    data = corpus()
    data = data._replace(train=data.train[:2], val=data.train[:2])
    changes = {"visual_dropout": 0.0, "music_text_dropout": 1.0, "crop_s": 10.0}
    model = load_stage(fit(job(max_steps=60, lr=1e-2, val_every=60, model=changes, data=data), tmp_path).path)
    known, foreign = data.train[0], corpus(seed=5)
    assert clip_losses(model, data.readers, [known])[0] < clip_losses(model, foreign.readers, foreign.val).max()


def test_hidden_video_is_as_good_as_no_video(tmp_path: Path) -> None:
    """Catches features that are read although they are hidden, and levels that are mixed up."""
    data = corpus()
    for stage, levels in {"coarse": 2, "fine": 3}.items():
        model = load_stage(fit(job(stage, data=data, max_steps=10), tmp_path / stage).path)
        shown, hidden = (clip_level_losses(model, data.readers, data.val, hide) for hide in (False, True))
        assert shown.shape == hidden.shape == (4, levels)
        np.testing.assert_allclose(shown.mean(axis=1), clip_losses(model, data.readers, data.val))
        assert (shown != hidden).any() == model.sees_video
        other = {**data.readers, "image": _Other(data.readers["image"])}
        np.testing.assert_array_equal(clip_level_losses(model, other, data.val, hide_video=True), hidden)
