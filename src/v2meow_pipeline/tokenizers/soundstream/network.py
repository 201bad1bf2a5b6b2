"""SoundStream's network: a causal encoder, a residual quantizer, and a causal decoder.

Shapes: `batch` waves, `samples` of each, a multiple of the hop, `level` codebooks, `t` frames, a hop of samples each.
"""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizer
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.layers import Decoder, Encoder, Memory


class Coded(NamedTuple):
    """`waves` after coding and decoding, `codes` of all levels, and the quantizer's `commitment` loss."""

    waves: Float[Tensor, "batch samples"]
    codes: Int[Tensor, "batch level t"]
    commitment: Float[Tensor, ""]


class SoundStream(nn.Module):
    """Waves to codes and back; a frame's codes depend on no later frame, and a frame of sound on no later codes.

    Args:
        config: sizes.
        clock: hop, levels and codes.
    """

    def __init__(self, config: SoundStreamConfig, clock: Clock) -> None:
        super().__init__()
        sizes = (config.widths, config.strides, config.units, config.code_width)
        self.encoder, self.decoder = Encoder(*sizes), Decoder(*sizes)
        self.quantizer = ResidualQuantizer(config.code_width, config.quantizer(clock))

    def forward(self, waves: Float[Tensor, "batch samples"]) -> Coded:
        """Waves coded and decoded; in training mode the codebooks follow, and levels are dropped."""
        quantized = self.quantizer(self.encoder(waves))
        return Coded(self.decoder(quantized.vectors), quantized.codes, quantized.commitment)

    def encode(
        self, waves: Float[Tensor, "batch samples"], memory: Memory | None = None
    ) -> Int[Tensor, "batch level t"]:
        """The codes of waves.

        Args:
            waves: samples, or the next of them.
            memory: what was heard before, changed in place: one empty dict for all pieces of a sound; None for a
                whole.

        Returns:
            Codes of all levels.
        """
        return self.quantizer.encode(self.encoder(waves, memory))

    def decode(
        self, codes: Int[Tensor, "batch level t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch samples"]:
        """The waves that codes stand for.

        Args:
            codes: of the first levels, all frames or the next of them.
            memory: as in `encode`, another dict.

        Returns:
            A hop of samples to each frame.
        """
        return self.decoder(self.quantizer.decode(codes), memory)
