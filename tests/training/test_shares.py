"""Shares and parts of a batch: what is trained does not depend on how it was divided."""

from pathlib import Path

import pytest
from tests.support.shared_batches import same, smooth
from tests.support.stage_corpus import job

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.training.module import StepParts
from v2meow_pipeline.training.trainer import fit


class Numbers:
    """Examples that say which step, share and number of shares they are."""

    fingerprint = "numbers"

    def train(self, step: int, rank: int = 0, ranks: int = 1) -> tuple[int, int, int]:
        return step, rank, ranks


@pytest.mark.parametrize("ranks, parts", [(1, 1), (2, 1), (1, 3), (2, 3)])
def test_ranks_and_parts_take_each_share_once(ranks: int, parts: int) -> None:
    """Catches examples that two workers train on, or none."""
    steps = range(4, 6)
    taken = [list(StepParts(Numbers(), steps, rank, ranks, parts, False)) for rank in range(ranks)]
    assert sorted(share for rank in taken for share in rank) == [
        (step, share, ranks * parts) for step in steps for share in range(ranks * parts)
    ]
    together = [list(StepParts(Numbers(), steps, rank, ranks, parts, True)) for rank in range(ranks)]
    assert [[part for step in rank for part in step] for rank in together] == taken and len(together[0]) == 2


def test_parts_of_a_batch_train_what_the_batch_trains(tmp_path: Path) -> None:
    """Catches gradients that are added instead of averaged, validations and resume points in the middle of a step, and
    a schedule that counts parts.
    """
    whole = fit(smooth(), tmp_path / "whole")
    parts = fit(smooth(accumulate=2), tmp_path / "parts")
    assert whole.fingerprint != parts.fingerprint
    same(whole, parts)


def test_a_batch_that_cannot_be_divided_evenly_is_refused(tmp_path: Path) -> None:
    """Catches shares of different size, whose examples would count differently."""
    with pytest.raises(ConfigError, match="equal parts"):
        fit(job(batch_size=4, accumulate=3), tmp_path)
