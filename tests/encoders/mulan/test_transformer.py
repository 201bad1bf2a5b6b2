"""The body of both towers."""

import pytest
import torch

from v2meow_pipeline.encoders.mulan.config import TransformerConfig
from v2meow_pipeline.encoders.mulan.transformer import Block, Transformer

CONFIG = TransformerConfig(layers=2, width=16, heads=4, feed_forward=32, dropout=0.0)


def test_a_block_equals_torchs_own() -> None:
    """Catches heads that are cut along the wrong axis, and a norm on the wrong side."""
    torch.manual_seed(0)
    ours = Block(CONFIG).eval()
    theirs = torch.nn.TransformerEncoderLayer(16, 4, 32, 0.0, "gelu", batch_first=True, norm_first=True).eval()
    pairs = {
        "self_attn.in_proj_": ours.query_key_value,
        "self_attn.out_proj.": ours.mixed,
        "linear1.": ours.expanded,
        "linear2.": ours.contracted,
        "norm1.": ours.attention_norm,
        "norm2.": ours.feed_forward_norm,
    }
    theirs.load_state_dict(
        {f"{name}{part}": getattr(m, part) for name, m in pairs.items() for part in ("weight", "bias")}
    )
    x = torch.randn(3, 7, 16)
    torch.testing.assert_close(ours(x, None), theirs(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_padding_changes_nothing(pooling: str) -> None:
    """Catches padding that is looked at or averaged in: a text's vector would depend on its neighbours."""
    network = Transformer(CONFIG.model_copy(update={"pooling": pooling})).eval()
    x = torch.randn(2, 5, 16)
    padded = torch.cat([x, 9 * torch.randn(2, 3, 16)], dim=1)
    mask = torch.tensor([[True] * 5 + [False] * 3] * 2)
    torch.testing.assert_close(network(padded, mask), network(x), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("pooling", ["mean", "cls"])
def test_every_element_is_heard(pooling: str) -> None:
    """Catches attention that is causal or cut off."""
    network = Transformer(CONFIG.model_copy(update={"pooling": pooling})).eval()
    x = torch.randn(1, 6, 16, requires_grad=True)
    network(x)[0, 0].backward()
    assert x.grad is not None and (x.grad.abs().sum(dim=-1) > 0).all()
