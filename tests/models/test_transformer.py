"""The Transformer is T5: same weights, same numbers."""

import pytest
import torch

from v2meow_pipeline.models.layers import Layer
from v2meow_pipeline.models.transformer import Stack, Transformer, TransformerConfig


def t5_like(activation: str, encoder_layers: int = 2) -> TransformerConfig:
    return TransformerConfig(
        width=24,
        heads=3,
        head_width=10,
        feed_forward=40,
        encoder_layers=encoder_layers,
        decoder_layers=3,
        activation=activation,
        dropout=0.0,
        position_buckets=16,
        position_max_distance=40,
    )


def copy_stack(ours: Stack, theirs: torch.nn.Module) -> None:
    """Copies the weights of a stack of transformers' T5 into ours."""
    first = theirs.block[0].layer[0].SelfAttention
    ours.position_bias.table.weight.copy_(first.relative_attention_bias.weight)
    ours.norm.weight.copy_(theirs.final_layer_norm.weight)
    for layer, block in zip(ours.blocks, theirs.block, strict=True):
        copy_layer(layer, list(block.layer))


def copy_layer(layer: Layer, parts: list[torch.nn.Module]) -> None:
    attention = parts[0].SelfAttention
    layer.self_norm.weight.copy_(parts[0].layer_norm.weight)
    layer.self_attention.query_key_value.weight.copy_(
        torch.cat([attention.q.weight, attention.k.weight, attention.v.weight])
    )
    layer.self_attention.out.weight.copy_(attention.o.weight)
    if layer.cross_attention is not None:
        cross = parts[1].EncDecAttention
        layer.cross_norm.weight.copy_(parts[1].layer_norm.weight)
        layer.cross_attention.query.weight.copy_(cross.q.weight)
        layer.cross_attention.key_value.weight.copy_(torch.cat([cross.k.weight, cross.v.weight]))
        layer.cross_attention.out.weight.copy_(cross.o.weight)
    dense = parts[-1].DenseReluDense
    layer.feed_forward_norm.weight.copy_(parts[-1].layer_norm.weight)
    into = torch.cat([dense.wi_0.weight, dense.wi_1.weight]) if layer.feed_forward.gated else dense.wi.weight
    layer.feed_forward.into.weight.copy_(into)
    layer.feed_forward.out.weight.copy_(dense.wo.weight)


@pytest.mark.parametrize(("activation", "theirs"), [("relu", "relu"), ("gated-gelu", "gated-gelu")])
def test_logits_equal_those_of_transformers_t5(activation: str, theirs: str) -> None:
    """Catches a scaled attention, a wrong bucket, a norm too many: anything that makes it another model."""
    from transformers import T5Config, T5ForConditionalGeneration

    config = t5_like(activation)
    torch.manual_seed(0)
    reference = T5ForConditionalGeneration(
        T5Config(
            vocab_size=60,
            d_model=config.width,
            d_kv=config.head_width,
            d_ff=config.feed_forward,
            num_layers=config.encoder_layers,
            num_decoder_layers=config.decoder_layers,
            num_heads=config.heads,
            relative_attention_num_buckets=config.position_buckets,
            relative_attention_max_distance=config.position_max_distance,
            feed_forward_proj=theirs,
            tie_word_embeddings=False,
            decoder_start_token_id=0,
        )
    ).eval()
    ours = Transformer(config).eval()
    with torch.no_grad():
        for parameter in reference.parameters():
            parameter.mul_(1.0 + 0.3 * torch.randn_like(parameter))
        copy_stack(ours.encoder, reference.encoder)
        copy_stack(ours.decoder, reference.decoder)
        source, target = torch.randint(60, (2, 70)), torch.randint(60, (2, 90))
        expected = reference(input_ids=source, decoder_input_ids=target).logits
        hidden = ours(reference.shared(source), reference.shared(target))
        logits = reference.lm_head(hidden)
    assert expected.std() > 0.1
    torch.testing.assert_close(logits, expected, atol=1e-5 * float(expected.abs().max()), rtol=0)


@pytest.mark.parametrize("encoder_layers", [2, 0])
def test_no_gradient_flows_from_the_past_to_the_future(encoder_layers: int) -> None:
    """Catches a leak: a decoder that sees the token it must predict trains to a loss of nothing and plays noise."""
    torch.manual_seed(2)
    model = Transformer(t5_like("relu", encoder_layers)).eval()
    memory = model.encode(torch.randn(1, 5, 24)) if encoder_layers else None
    inputs = torch.randn(1, 10, 24, requires_grad=True)
    hidden = model.decode(inputs, memory)
    (gradient,) = torch.autograd.grad(hidden[0, 4].sum(), inputs)
    reached = gradient[0].abs().sum(dim=-1) > 0
    assert reached.tolist() == [True] * 5 + [False] * 5


def test_the_encoder_sees_both_ways() -> None:
    """Catches a causal encoder, which would hide the end of the video from its beginning."""
    torch.manual_seed(3)
    model = Transformer(t5_like("relu")).eval()
    inputs = torch.randn(1, 6, 24, requires_grad=True)
    (gradient,) = torch.autograd.grad(model.encode(inputs)[0, 2].sum(), inputs)
    assert bool((gradient[0].abs().sum(dim=-1) > 0).all())


@pytest.mark.parametrize("encoder_layers", [2, 0])
def test_recomputing_changes_nothing_but_memory(encoder_layers: int) -> None:
    """Catches dropout that is drawn anew when a layer is computed again: gradients would be of another network."""
    gradients = []
    for recompute in (False, True):
        torch.manual_seed(0)
        config = t5_like("relu", encoder_layers).model_copy(update={"dropout": 0.3, "recompute": recompute})
        model = Transformer(config).train()
        inputs = torch.randn(2, 7, 24, generator=torch.Generator().manual_seed(1))
        torch.manual_seed(2)
        model(inputs, inputs + 1).pow(2).sum().backward()
        gradients.append([p.grad for p in model.parameters() if p.grad is not None])
    assert all(torch.equal(a, b) for a, b in zip(*gradients, strict=True))
