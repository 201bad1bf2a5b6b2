"""When a resumable checkpoint is written."""

from pathlib import Path

import torch
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.training.callbacks import FINGERPRINT_KEY, ResumePoint, resumable
from v2meow_pipeline.training.config import FitConfig


@given(every=st.integers(1, 12), val_every=st.integers(2, 12))
def test_resume_points_come_often_enough_and_never_before_a_validation(every: int, val_every: int) -> None:
    """Catches a rhythm in which all resume points fall on validations, and one that would lose a validation."""
    point = ResumePoint(Path("unused"), "f", FitConfig(checkpoint_every=every, val_every=val_every), lambda: None)
    due = [step for step in range(1, 200) if point.due(step)]
    assert all(step % val_every for step in due)
    assert max(b - a for a, b in zip([0, *due], [*due, 200], strict=True)) <= every + 1


def test_a_checkpoint_of_another_job_is_not_resumed(tmp_path: Path) -> None:
    """Catches a changed learning rate that goes on from the old run's weights."""
    assert resumable(tmp_path, "a") is None
    torch.save({FINGERPRINT_KEY: "a"}, tmp_path / "last.ckpt")
    assert resumable(tmp_path, "a") == tmp_path / "last.ckpt"
    assert resumable(tmp_path, "b") is None
