"""Warm start of a stage from another stage's weights: strategy (b) of the paper's second stage from (a)."""

import torch

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stage_model import StageModel

DECODER = "transformer.decoder.layers."


@torch.no_grad()
def start_from(model: StageModel, other: StageModel) -> list[str]:
    """Copies all parameters that have the same name and shape in both models.

    From strategy (a), decoder-only on semantic tokens, to (b), which also has an encoder, these are the decoder's
    self-attention and feed-forward blocks, token embeddings and heads; encoder and cross-attention are unchanged.
    Feature statistics are buffers, not parameters, and are not copied.

    Args:
        model: model to initialise; changed in place.
        other: trained model.

    Returns:
        Names of the copied parameters.

    Raises:
        ConfigError: if the models predict different token streams, or a decoder layer of `other` has another shape.
    """
    if model.spec.output != other.spec.output:
        raise ConfigError(
            f"A stage that predicts {model.spec.output} tokens cannot start from a stage that predicts "
            f"{other.spec.output} tokens.",
            "Start from a stage with the same output.",
        )
    own = dict(model.named_parameters())
    source = dict(other.named_parameters())
    shared = [name for name, value in source.items() if name in own and own[name].shape == value.shape]
    mismatched = [name for name in source if name.startswith(DECODER) and name not in shared]
    if mismatched:
        raise ConfigError(
            f"{len(mismatched)} decoder weights of the {other.spec.name} stage have another shape, such as "
            f"{mismatched[0]}.",
            "Give both stages the same width, heads, feed_forward and decoder_layers.",
        )
    for name in shared:
        own[name].copy_(source[name])
    return shared
