"""DAC, the Descript Audio Codec (Kumar et al. 2023); the 16 kHz model has the paper's layout, 12 x 1,024 at 50 Hz.

Shapes: `level` codebooks, `t` frames, `n` samples, `code` codes per codebook, `width` width of codebook vectors.
"""

from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.tokenizers.pretrained_codec import CodecLayout, PretrainedCodec


class DacCodec(PretrainedCodec):
    """DAC from transformers; each frame has a small receptive field beyond its own samples."""

    kind = "dac"
    revision = "dac-1"
    name = "dac_16khz"
    download = "the files of descript/dac_16khz on the Hugging Face hub, 0.3 GB"
    network: Any

    @staticmethod
    def _read(folder: Path) -> Any:
        from transformers import DacModel

        return load_whole(DacModel, folder)

    def _layout(self) -> CodecLayout:
        config = self.network.config
        return CodecLayout(config.sampling_rate, config.hop_length, config.codebook_size, config.n_codebooks)

    def _codes(self, samples: Float[Tensor, " n"]) -> Int[Tensor, "level t"]:
        return self.network.encode(samples[None, None], n_quantizers=self.clock.acoustic_levels).audio_codes[0]

    def _sound(self, codes: Int[Tensor, "level t"]) -> Float[Tensor, " n"]:
        return self.network.decode(audio_codes=codes[None]).audio_values[0]

    def _vectors(self) -> Float[Tensor, "level code width"]:
        levels = self.network.quantizer.quantizers
        return torch.stack([level.out_proj(level.codebook.weight.T[None])[0].T for level in levels])
