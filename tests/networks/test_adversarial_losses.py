"""Hinge losses and feature matching, against values worked out by hand."""

import pytest
import torch

from v2meow_pipeline.networks.adversarial_losses import (
    DiscriminatorOutput,
    discriminator_loss,
    feature_loss,
    generator_loss,
)


def verdict(*logits: float, feature: float = 0.0) -> DiscriminatorOutput:
    return DiscriminatorOutput(torch.tensor([logits]), [torch.full((1, 2), feature), torch.full((1, 4), 3 * feature)])


def test_hinge_losses_are_zero_beyond_the_margin() -> None:
    """Catches swapped sides or signs."""
    sure = [verdict(1.5, 2.0)], [verdict(-1.5, -2.0)]
    assert discriminator_loss(made=sure[1], real=sure[0]) == 0
    assert discriminator_loss(made=sure[0], real=sure[1]) == pytest.approx(2.75 * 2)
    assert generator_loss(sure[0]) == 0
    assert generator_loss(sure[1]) == pytest.approx(2.75)
    assert discriminator_loss([verdict(0.0)], [verdict(0.0)]) == 2


def test_discriminators_count_alike_however_long_their_logits() -> None:
    """Catches a sum over time, in which the finest scale outvotes the others."""
    long, short = DiscriminatorOutput(torch.zeros(1, 100), []), DiscriminatorOutput(torch.full((1, 1), -1.0), [])
    assert generator_loss([long, short]) == pytest.approx(1.5)


def test_features_are_compared_layer_by_layer() -> None:
    """Catches a mean over values, in which wide layers outvote narrow ones."""
    assert feature_loss([verdict(0.0, feature=1.0)], [verdict(0.0, feature=0.0)]) == pytest.approx(2.0)
    assert feature_loss([verdict(0.0, feature=1.0)], [verdict(5.0, feature=1.0)]) == 0


def test_no_gradient_reaches_the_real_side() -> None:
    """Catches discriminators that are taught to make real features resemble made ones."""
    made, real = (torch.randn(2, 3, requires_grad=True) for _ in range(2))
    feature_loss([DiscriminatorOutput(made, [made])], [DiscriminatorOutput(real, [real])]).backward()
    assert made.grad is not None
    assert real.grad is None
