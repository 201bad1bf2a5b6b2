"""Network of the mel_rvq codec: log-mel frames to residual codes and back.

A token frame covers several log-mel frames (`clock.mel_frames`). A lower token rate is easier to predict: music
generated from these tokens sounds better than from k-means codes of every frame, although those reconstruct the
spectrum more exactly (docs/log.md).

Shapes: `batch` examples, `t_mel` log-mel frames, `t` token frames, `band` mel bands, `level` codebooks, `code` width
of the quantized vectors.
"""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.residual_quantizer import ResidualQuantizer, ResidualQuantizerConfig
from v2meow_pipeline.networks.vector_quantizer import QuantizerConfig
from v2meow_pipeline.tokenizers.mel_rvq.config import MelRvqConfig
from v2meow_pipeline.tokenizers.vocoder.convnext import blocks


class Rebuilt(NamedTuple):
    """Output of the codec network.

    Attributes:
        log_mel: decoded log-mel frames, standardised.
        codes: codes of all levels.
        commitment: commitment loss, averaged over levels.
    """

    log_mel: Float[Tensor, "batch t_mel band"]
    codes: Int[Tensor, "batch level t"]
    commitment: Float[Tensor, ""]


class MelRvq(nn.Module):
    """Codec network: encoder, residual quantizer and decoder.

    Attributes:
        config: configuration of the network.
        mean: mean of each band.
        scale: standard deviation over all bands.
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, config: MelRvqConfig, clock: Clock) -> None:
        """Builds the network with random weights.

        Args:
            config: configuration of the network.
            clock: log-mel frames per token frame, levels and codebook sizes.
        """
        super().__init__()
        self.config, self.frames = config, clock.mel_frames
        width = config.width
        self.register_buffer("mean", torch.zeros(config.bands))
        self.register_buffer("scale", torch.ones(()))
        self.into = nn.Linear(config.bands, width)
        self.fine_encoder = blocks(config.encoder_blocks, width, config.expansion, config.kernel)
        self.down = nn.Linear(self.frames * width, width)
        self.encoder = blocks(config.encoder_blocks, width, config.expansion, config.kernel)
        # Without normalisation between bands and codes, the quantized vectors are nearly linear in the log-mel frames.
        self.to_code = nn.Linear(width, config.code_width)
        book = QuantizerConfig(codes=clock.acoustic_vocab, decay=config.decay, restart_below=config.restart_below)
        levels = ResidualQuantizerConfig(levels=clock.acoustic_levels, codebook=book, dropout=config.dropout)
        self.quantizer = ResidualQuantizer(config.code_width, levels)
        self.from_code = nn.Linear(config.code_width, width)
        self.decoder = blocks(config.decoder_blocks, width, config.expansion, config.kernel)
        self.up = nn.Linear(width, self.frames * width)
        self.fine_decoder = blocks(config.decoder_blocks, width, config.expansion, config.kernel)
        self.out = nn.Linear(width, config.bands)

    @property
    def margin_frames(self) -> int:
        """Receptive field of encoder and decoder on each side, in token frames."""
        reach = self.config.kernel // 2
        fine = -(-reach * max(self.config.encoder_blocks, self.config.decoder_blocks) // self.frames)
        return reach * max(self.config.encoder_blocks, self.config.decoder_blocks) + fine

    def forward(self, log_mel: Float[Tensor, "batch t_mel band"]) -> Rebuilt:
        """Encodes and decodes frames; in training mode with quantizer dropout and codebook updates.

        Args:
            log_mel: log-mel frames in log10 of magnitude, a whole number of token frames.

        Returns:
            Standardised reconstruction, codes and commitment loss.
        """
        quantized = self.quantizer(self._encoded(log_mel))
        return Rebuilt(self._decoded(quantized.vectors), quantized.codes, quantized.commitment)

    def encode(self, log_mel: Float[Tensor, "batch t_mel band"]) -> Int[Tensor, "batch level t"]:
        """Codes of all levels."""
        return self.quantizer.encode(self._encoded(log_mel))

    def decode(self, codes: Int[Tensor, "batch level t"]) -> Float[Tensor, "batch t_mel band"]:
        """Decodes codes of the first levels to log-mel frames in log10 of magnitude."""
        return self._decoded(self.quantizer.decode(codes)) * self.scale + self.mean

    def standardised(self, log_mel: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t_mel band"]:
        """Standardises frames: subtracts the mean of each band and divides by the common standard deviation."""
        return (log_mel - self.mean) / self.scale

    def _encoded(self, log_mel: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t code"]:
        fine = self.fine_encoder(self.into(self.standardised(log_mel)))
        return self.to_code(self.encoder(self.down(fine.unflatten(1, (-1, self.frames)).flatten(2))))

    def _decoded(self, vectors: Float[Tensor, "batch t code"]) -> Float[Tensor, "batch t_mel band"]:
        fine = self.up(self.decoder(self.from_code(vectors))).unflatten(2, (self.frames, -1)).flatten(1, 2)
        return self.out(self.fine_decoder(fine))
