"""Initial weights of a layer."""

import torch

from v2meow_pipeline.models.layers import Layer


def test_initial_attention_logits_are_of_order_one() -> None:
    """Catches a default initialisation: T5 does not divide by sqrt(head_width), so its query weights must be small."""
    torch.manual_seed(0)
    layer = Layer(256, 4, 64, 512, "relu", 0.0, 1e-6, cross=False)
    layer.initialise()
    query, key, _ = layer.self_attention.query_key_value(torch.randn(100, 256)).split(256, dim=-1)
    logits = query.view(100, 4, 64).transpose(0, 1) @ key.view(100, 4, 64).permute(1, 2, 0)
    assert 0.5 < float(logits.detach().std()) < 2.0
