"""The alternative that decoding and training are compared with: T5 of transformers, with the layer sizes of a stage."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch.optim import AdamW

from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.training.speed import wait

if TYPE_CHECKING:
    from transformers import T5Config


def t5_config(model: StageModel, dropout: float = 0.0, heads: int = 1) -> "T5Config":
    """Configuration of a T5 with the layers of a stage; one vocabulary for inputs and outputs, `heads` times ours."""
    from transformers import T5Config

    sizes = model.config.transformer
    return T5Config(
        vocab_size=heads * model.vocab + 1,
        d_model=sizes.width,
        d_kv=sizes.head_width,
        d_ff=sizes.feed_forward,
        num_layers=sizes.encoder_layers,
        num_decoder_layers=sizes.decoder_layers,
        num_heads=sizes.heads,
        feed_forward_proj=sizes.activation,
        relative_attention_num_buckets=sizes.position_buckets,
        relative_attention_max_distance=sizes.position_max_distance,
        dropout_rate=dropout,
        pad_token_id=heads * model.vocab,
        eos_token_id=None,
    )


def t5_decoding(model: StageModel, batch: int, t_memory: int, steps: int) -> Callable[[], int]:
    """Prepares `generate` of a T5 with random weights, sampling and key/value caches.

    Args:
        model: the stage whose sizes are taken.
        batch: number of sequences.
        t_memory: number of input tokens.
        steps: number of tokens to generate per sequence.

    Returns:
        Function that generates once and returns the number of steps.
    """
    from transformers import DynamicCache, EncoderDecoderCache, T5ForConditionalGeneration

    alternative = T5ForConditionalGeneration(t5_config(model)).eval()
    tokens = torch.randint(model.vocab, (batch, t_memory), generator=torch.Generator().manual_seed(0))

    def run() -> int:
        with torch.inference_mode():
            generated = alternative.generate(
                input_ids=tokens,
                attention_mask=torch.ones_like(tokens),
                do_sample=True,
                min_new_tokens=steps,
                max_new_tokens=steps,
                decoder_start_token_id=0,
                # Given, because the default cache has the number of layers of the encoder.
                past_key_values=EncoderDecoderCache(DynamicCache(), DynamicCache()),
            )
        return int(generated.shape[1]) - 1

    return run


def t5_training(model: StageModel, batch: int, t_memory: int, steps: int, device: torch.device) -> Callable[[], float]:
    """Prepares an optimiser step of a T5 with random weights and data: forward, backward, AdamW.

    Args:
        model: the stage whose sizes and dropout are taken.
        batch: number of sequences.
        t_memory: number of input tokens.
        steps: number of tokens to predict per sequence.
        device: a GPU, where the step runs in bf16, or the CPU.

    Returns:
        Function that runs the step and returns the loss before it.
    """
    from transformers import T5ForConditionalGeneration

    # As many logits per step as the stage computes with all its heads.
    config = t5_config(model, model.config.transformer.dropout, model.levels)
    config.decoder_start_token_id = 0
    with device:
        alternative = T5ForConditionalGeneration(config).train()
    optimizer = AdamW(alternative.parameters(), lr=1e-3)
    generator = torch.Generator().manual_seed(0)
    tokens, labels = (torch.randint(model.vocab, (batch, t), generator=generator).to(device) for t in (t_memory, steps))

    def run() -> float:
        with torch.autocast(device.type, torch.bfloat16, enabled=device.type == "cuda"):
            loss = alternative(input_ids=tokens, attention_mask=torch.ones_like(tokens), labels=labels).loss
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        value = float(loss.item())
        wait(device)
        return value

    return run
