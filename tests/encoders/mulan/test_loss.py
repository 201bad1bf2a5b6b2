"""The contrastive loss and the retrieval of a batch."""

import pytest
import torch
from torch.nn import functional as F

from v2meow_pipeline.encoders.mulan.loss import batch_retrieval, contrastive_loss

LOGITS = 3 * torch.randn(6, 6, generator=torch.Generator().manual_seed(0))


def test_without_shared_captions_it_is_infonce() -> None:
    """Catches one direction counted twice."""
    target = torch.arange(6)
    expected = (F.cross_entropy(LOGITS, target) + F.cross_entropy(LOGITS.T, target)) / 2
    torch.testing.assert_close(contrastive_loss(LOGITS, target), expected)


@pytest.mark.parametrize("decoupled", [False, True])
def test_pairs_with_the_same_caption_are_no_negatives(decoupled: bool) -> None:
    """Catches clips that are pushed away from their own text."""
    logits = LOGITS.clone().requires_grad_()
    contrastive_loss(logits, torch.tensor([0, 0, 1, 2, 3, 4]), decoupled).backward()
    assert logits.grad is not None
    assert logits.grad[0, 1] == logits.grad[1, 0] == 0 and logits.grad[0, 2] > 0


@pytest.mark.parametrize("decoupled", [False, True])
def test_one_caption_for_all_gives_no_loss_and_no_nan(decoupled: bool) -> None:
    """Catches the logarithm of nothing."""
    logits = LOGITS.clone().requires_grad_()
    loss = contrastive_loss(logits, torch.zeros(6, dtype=torch.long), decoupled)
    loss.backward()
    assert loss == 0 and logits.grad is not None and logits.grad.abs().sum() == 0


def test_decoupled_leaves_the_pair_out_of_its_denominator() -> None:
    """Catches an option that does nothing: a perfect pair goes on being drawn together."""
    logits = (20 * torch.eye(6)).requires_grad_()
    contrastive_loss(logits, torch.arange(6), decoupled=True).backward()
    assert logits.grad is not None and logits.grad[0, 0].item() == pytest.approx(-1 / 6)


def test_retrieval_counts_different_captions_and_ties_against() -> None:
    """Catches a constant embedding that retrieves everything, and a caption that competes with itself."""
    caption = torch.tensor([0, 0, 1, 2])
    constant = batch_retrieval(torch.ones(4, 4), caption)
    assert constant["recall_at_1"] == 0 and constant["recall_at_5"] == 1
    cosines = torch.tensor([[0.5, 0.5, 0.9, 0.1], [0.5, 0.5, 0.1, 0.1], [0, 0, 1, 0], [0.3, 0.3, 0.2, 0.4]])
    figures = batch_retrieval(cosines, caption)
    assert figures["recall_at_1"] == 0.75
    assert figures["matched_cosine"].item() == pytest.approx(0.6)
    # Row by row the other captions' cosines: .9, .1 | .1, .1 | 0, 0 | .3, .2
    assert figures["shuffled_cosine"].item() == pytest.approx(1.7 / 8)
