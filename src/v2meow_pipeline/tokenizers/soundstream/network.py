"""SoundStream network: causal encoder, residual quantizer and causal decoder.

Shapes: `batch` waveforms, `samples` samples of each (a multiple of the hop), `level` codebooks, `t` frames of one hop.
"""

from typing import NamedTuple

from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizer
from v2meow_pipeline.tokenizers.soundstream.config import SoundStreamConfig
from v2meow_pipeline.tokenizers.soundstream.layers import Decoder, Encoder, Memory


class Coded(NamedTuple):
    """Output of the codec network.

    Attributes:
        waves: reconstructed waveforms.
        codes: codes of all levels.
        commitment: commitment loss, averaged over levels.
    """

    waves: Float[Tensor, "batch samples"]
    codes: Int[Tensor, "batch level t"]
    commitment: Float[Tensor, ""]


class SoundStream(nn.Module):
    """SoundStream codec network; encoder and decoder are causal.

    Args:
        config: configuration of the network.
        clock: hop, levels and codebook sizes.
    """

    def __init__(self, config: SoundStreamConfig, clock: Clock) -> None:
        super().__init__()
        self.config = config
        sizes = (config.widths, config.strides, config.units, config.code_width)
        self.encoder, self.decoder = Encoder(*sizes), Decoder(*sizes)
        self.quantizer = ResidualQuantizer(config.code_width, config.quantizer(clock))

    def forward(self, waves: Float[Tensor, "batch samples"]) -> Coded:
        """Encodes and decodes waveforms; in training mode with quantizer dropout and codebook updates."""
        quantized = self.quantizer(self.encoder(waves))
        return Coded(self.decoder(quantized.vectors), quantized.codes, quantized.commitment)

    def encode(
        self, waves: Float[Tensor, "batch samples"], memory: Memory | None = None
    ) -> Int[Tensor, "batch level t"]:
        """Encodes waveforms.

        Args:
            waves: whole waveforms, or the next chunk of them.
            memory: streaming state, updated in place: pass the same, initially empty dict for all chunks; None for
                whole waveforms.

        Returns:
            Codes of all levels.
        """
        return self.quantizer.encode(self.encoder(waves, memory))

    def decode(
        self, codes: Int[Tensor, "batch level t"], memory: Memory | None = None
    ) -> Float[Tensor, "batch samples"]:
        """Decodes codes.

        Args:
            codes: codes of the first levels: all frames, or the next chunk of them.
            memory: streaming state, as in `encode`, but a separate dict.

        Returns:
            Waveforms with one hop of samples per frame.
        """
        return self.decoder(self.quantizer.decode(codes), memory)
