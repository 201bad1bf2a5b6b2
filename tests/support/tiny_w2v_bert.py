"""A w2v-BERT small enough to be trained in a test."""

import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.w2v_bert import W2vBertConfig

CLOCK = Clock()
TINY = W2vBertConfig(
    bands=16,
    channels=4,
    width=32,
    heads=2,
    feed_forward=64,
    contrastive_layers=1,
    masked_layers=2,
    dropout=0.0,
    codes=16,
    code_width=16,
    target_components=8,
    target_width=8,
    distractors=20,
    mask_s=0.16,
    crop_s=2.0,
)


def tones(batch: int, seed: int = 0, duration_s: float = 2.0) -> Tensor:
    """Waves that go through a scale, each from a note of its own: what is hidden follows from what is heard."""
    generator = torch.Generator().manual_seed(seed)
    samples = round(duration_s * CLOCK.sample_rate_hz)
    time_s = torch.arange(samples) / CLOCK.sample_rate_hz
    step = (time_s / 0.2).long()
    first = torch.randint(0, 8, (batch, 1), generator=generator)
    hz = 150 * 2 ** (((step + first) % 8) / 2)
    return 0.5 * torch.sin(2 * torch.pi * hz * time_s)
