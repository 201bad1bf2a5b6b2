"""What is hidden, and what it is to be told from."""

import pytest
import torch

from v2meow_pipeline.tokenizers.w2v_bert.masking import draw_distractors, span_mask


@pytest.mark.parametrize("share", [0.2, 0.49, 0.7])
def test_masks_cover_the_share_that_is_configured_everywhere(share: float) -> None:
    """Catches overlapping spans that are counted twice, and edges that are hidden less often than the middle."""
    mask = span_mask(2000, 300, share, 10, torch.Generator().manual_seed(0))
    assert mask.float().mean().item() == pytest.approx(share, abs=0.01)
    assert torch.allclose(mask.float().mean(0), torch.full((300,), share), atol=0.05)


def test_what_is_hidden_is_a_span() -> None:
    """Catches masks of single frames, which their neighbours give away."""
    mask = span_mask(200, 100, 0.3, 10, torch.Generator().manual_seed(0))
    edges = torch.diff(mask[:, 10:90].int(), dim=1)
    starts, ends = (edges == 1).sum(), (edges == -1).sum()
    runs = mask[:, 10:90].sum() / (starts + ends).float() * 2
    assert runs > 9


def test_every_example_has_something_hidden() -> None:
    """Catches an example without masked frames, which has no distractors: an index out of range on a rare draw."""
    mask = span_mask(500, 12, 0.001, 4, torch.Generator().manual_seed(0))
    assert (mask.sum(dim=1) >= 2).all()


def test_distractors_are_other_masked_frames_of_the_same_example() -> None:
    """Catches the frame itself among them, visible frames, and frames of another example."""
    mask = span_mask(20, 30, 0.3, 3, torch.Generator().manual_seed(1))
    drawn = draw_distractors(mask, 50, torch.Generator().manual_seed(2))
    example, frame = mask.nonzero(as_tuple=True)
    assert (drawn != frame[:, None]).all()
    assert mask[example[:, None], drawn].all()
    ends = {(int(b), int(f)) for b, f in zip(example.repeat_interleave(50), drawn.flatten(), strict=True)}
    assert ends == {(int(b), int(f)) for b, f in zip(example, frame, strict=True)}, "some are never drawn"
