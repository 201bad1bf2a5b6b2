"""A small vocoder for the room's codec."""

import torch
from tests.support.simple_music import SMALL

from v2meow_pipeline.tokenizers.acoustic import AcousticTokenizer
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder

CONFIG = VocoderConfig(
    width=32, blocks=2, correction_blocks=1, kernel=3, phase_steps=6, crop_frames=30, wave_examples=2
)


def vocoder(seed: int = 0, trained: bool = True) -> Vocoder:
    """Random weights; `trained` ones do something."""
    torch.manual_seed(seed)
    network = Vocoder(CONFIG, SMALL)
    if trained:
        for layer in (network.gain, network.correction[-1]):
            torch.nn.init.normal_(layer.weight, std=0.05)
    return network.eval()


def frames_of(codec: AcousticTokenizer, wave: "torch.Tensor | object", levels: int) -> torch.Tensor:
    """The codec's frames of a wave, as a batch of one."""
    return torch.from_numpy(codec.decode_log_mel(codec.encode(wave)[:levels]))[None]
