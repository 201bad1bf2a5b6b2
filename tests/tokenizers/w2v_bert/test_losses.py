"""The losses, where their values are known."""

import math

import pytest
import torch

from v2meow_pipeline.tokenizers.w2v_bert.losses import code_perplexity, contrastive_task, masked_task


def test_the_contrastive_task_is_solved_by_the_targets_themselves_and_guessed_by_noise() -> None:
    """Catches a target column that is not the frame's own, and a temperature that multiplies."""
    targets = torch.eye(6)[None]
    codes, mask = torch.arange(6)[None], torch.ones(1, 6, dtype=torch.bool)
    others = torch.tensor([[j for j in range(6) if j != i] for i in range(6)])
    solved = contrastive_task(targets, targets, codes, mask, others, 0.1)
    assert solved.accuracy == 1
    assert solved.loss.item() == pytest.approx(math.log(1 + 5 * math.exp(-10)), abs=1e-5)
    lost = contrastive_task(torch.ones(1, 6, 6), targets, codes, mask, others, 0.1)
    assert lost.loss.item() == pytest.approx(math.log(6), abs=1e-4)


def test_distractors_with_the_same_code_are_left_out() -> None:
    """Catches a task that cannot be solved: telling a vector from itself."""
    targets = torch.ones(1, 3, 4)
    mask, others = torch.ones(1, 3, dtype=torch.bool), torch.tensor([[1, 2], [0, 2], [0, 1]])
    solved = contrastive_task(targets, targets, torch.zeros(1, 3, dtype=torch.long), mask, others, 0.1)
    assert solved.loss == 0


def test_masked_prediction_looks_at_masked_frames_only() -> None:
    """Catches frames that are visible, and so easy, in the loss."""
    codes = torch.tensor([[0, 1, 2]])
    logits = torch.zeros(1, 3, 4)
    logits[0, 0, 0] = logits[0, 1, 3] = 50
    solved = masked_task(logits, codes, torch.tensor([[True, False, True]]))
    assert solved.loss.item() == pytest.approx(math.log(4) / 2)
    assert masked_task(logits, codes, torch.tensor([[False, True, False]])).accuracy == 0


def test_chance_is_that_of_a_guess() -> None:
    """Catches a chance of one in all distractors where many are equal, and a commonest code of visible frames."""
    targets = torch.eye(4)[None]
    codes, mask = torch.tensor([[0, 1, 1, 2]]), torch.ones(1, 4, dtype=torch.bool)
    others = torch.tensor([[1, 2, 3], [0, 2, 3], [0, 1, 3], [1, 2, 1]])
    solved = contrastive_task(targets, targets, codes, mask, others, 0.1)
    assert solved.chance.item() == pytest.approx((3 / 3 + 1 / 2) / 4)
    mask[0, 1] = False
    assert masked_task(torch.zeros(1, 4, 5), codes, mask).chance.item() == pytest.approx(1 / 3)


def test_perplexity_counts_codes_in_use() -> None:
    assert code_perplexity(torch.tensor([[0, 1, 2, 3]]), 100).item() == pytest.approx(4, rel=1e-4)
