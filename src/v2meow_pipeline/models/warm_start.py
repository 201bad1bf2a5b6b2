"""A stage that starts from the weights of another: strategy (b) of the paper's second stage from (a)."""

import torch

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stage_model import StageModel

DECODER = "transformer.decoder.layers."


@torch.no_grad()
def start_from(model: StageModel, other: StageModel) -> list[str]:
    """Takes over every weight that both have under one name and in one shape.

    Between (a), decoder-only on semantic tokens, and (b), which has an encoder too, these are the decoder's
    self-attention and feed-forward blocks, token embeddings and heads; the encoder and the attention to it stay as they
    were. Means and spreads of features are measured, not learned, and stay too.

    Args:
        model: changed in place.
        other: trained.

    Returns:
        Names of the weights taken over.

    Raises:
        ConfigError: when the two predict other tokens, or a decoder layer of `other` does not fit.
    """
    if model.spec.output != other.spec.output:
        raise ConfigError(
            f"A stage of {model.spec.output} tokens cannot start from one of {other.spec.output} tokens.",
            "Start from a stage with the same output.",
        )
    own = dict(model.named_parameters())
    given = dict(other.named_parameters())
    fitting = [name for name, value in given.items() if name in own and own[name].shape == value.shape]
    lost = [name for name in given if name.startswith(DECODER) and name not in fitting]
    if lost:
        raise ConfigError(
            f"{len(lost)} decoder weights of the {other.spec.name} stage do not fit, such as {lost[0]}.",
            "Give both stages the same width, heads, feed_forward and decoder_layers.",
        )
    for name in fitting:
        own[name].copy_(given[name])
    return fitting
