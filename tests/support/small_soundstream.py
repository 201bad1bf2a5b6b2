"""A SoundStream small enough for tests, and its clock."""

import torch
from torch import nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.network import SoundStream

CLOCK = Clock(clip_s=1.0, acoustic_vocab=16, acoustic_levels=4, coarse_levels=2)
CONFIG = SoundStreamConfig(widths=(4, 4, 6, 8, 8), units=(1, 1, 2, 1), code_width=8)


def untrained(seed: int = 0) -> SoundStream:
    """Random weights, biases included, and codebooks filled from a batch."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        network = SoundStream(CONFIG, CLOCK)
        for module in network.modules():
            if isinstance(module, nn.Conv1d | nn.ConvTranspose1d):
                nn.init.normal_(module.bias, std=0.1)
        network(0.3 * torch.randn(4, 50 * CLOCK.hop_samples))
    return network.eval()
