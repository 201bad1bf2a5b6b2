"""ConvNeXt blocks over frames."""

import torch

from v2meow_pipeline.tokenizers.vocoder.convnext import blocks


def test_a_frame_hears_as_far_as_the_kernels_reach_and_no_farther() -> None:
    """Catches a convolution over the wrong axis, and margins of chunks that are too narrow."""
    torch.manual_seed(0)
    x = torch.randn(1, 21, 8, requires_grad=True)
    (gradient,) = torch.autograd.grad(blocks(2, 8, 2, 5)(x)[0, 10].square().sum(), x)
    heard = gradient[0].abs().sum(dim=-1) > 0
    assert heard.nonzero()[:, 0].tolist() == list(range(6, 15))


def test_the_fast_convolution_is_the_plain_one() -> None:
    """Catches an axis mistaken in the convolution over images, which trained weights would not survive."""
    torch.manual_seed(0)
    (block,), x = blocks(1, 8, 2, 5), torch.randn(3, 21, 8)
    torch.testing.assert_close(block._mixed(x), block.mix(x.transpose(1, 2)).transpose(1, 2))


def test_no_blocks_change_nothing() -> None:
    """Catches a division by the number of blocks."""
    x = torch.randn(1, 3, 8)
    assert torch.equal(blocks(0, 8, 2, 5)(x), x)
