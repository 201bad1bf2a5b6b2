"""EnCodec (Defossez et al. 2022); the published 24 kHz model has 75 frames per second, which the clock must match.

Shapes: `level` codebooks, `t` frames, `n` samples, `code` codes per codebook, `width` width of codebook vectors.
"""

import math
from pathlib import Path
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.transformers_weights import load_whole
from v2meow_pipeline.tokenizers.pretrained_codec import CodecLayout, PretrainedCodec


class EncodecCodec(PretrainedCodec):
    """EnCodec from transformers; supports mono models without chunking or loudness normalisation (the 24 kHz model)."""

    kind = "encodec"
    revision = "encodec-1"
    name = "encodec_24khz"
    download = "the files of facebook/encodec_24khz on the Hugging Face hub, 0.1 GB"
    network: Any

    @staticmethod
    def _read(folder: Path) -> Any:
        from transformers import EncodecModel

        return load_whole(EncodecModel, folder)

    def _layout(self) -> CodecLayout:
        config = self.network.config
        if config.audio_channels != 1 or config.normalize or config.chunk_length_s is not None:
            raise ConfigError(
                f"The EnCodec model in {self.folder} is stereo, or uses loudness normalisation or chunking.",
                "Use a mono model such as encodec_24khz, or another codec.",
            )
        return CodecLayout(config.sampling_rate, config.hop_length, config.codebook_size, config.num_quantizers)

    def _codes(self, samples: Float[Tensor, " n"]) -> Int[Tensor, "level t"]:
        config = self.network.config
        # EnCodec derives the number of levels from a bandwidth in kbps, rounding down.
        kilobits = (self.clock.acoustic_levels + 0.5) * math.log2(config.codebook_size) * config.frame_rate / 1000
        return self.network.quantizer.encode(self.network.encoder(samples[None, None]), kilobits)[:, 0]

    def _sound(self, codes: Int[Tensor, "level t"]) -> Float[Tensor, " n"]:
        return self.network.decoder(self.network.quantizer.decode(codes[:, None]))[0, 0]

    def _vectors(self) -> Float[Tensor, "level code width"]:
        return torch.stack([level.codebook.embed for level in self.network.quantizer.layers])
