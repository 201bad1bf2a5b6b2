"""w2v-BERT (Chung et al. 2021): what a wave's frames mean, from what surrounds them.

Log-mel spectra at 10 ms, two strided convolutions down to the rate of semantic tokens, then two stacks of conformer
blocks: the contrastive module, which finds units of sound, and the masked-prediction module, which predicts the units
that it cannot see. A middle layer of the second is what semantic tokens are clusters of (AudioLM, Borsos et al. 2022,
section III.B.2; MusicLM, Agostinelli et al. 2023, section 3.1).

Shapes: `batch` waves, `samples` of each, `t` frames at the rate of semantic tokens, `t_mel` spectra, `band` mel bands,
`width` of the conformer blocks.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from jaxtyping import Bool, Float
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.w2v_bert.config import SUBSAMPLING, W2vBertConfig
from v2meow_pipeline.tokenizers.w2v_bert.conformer import ConformerBlock, position_buckets

KIND = "w2v_bert"
WINDOW_HOPS = 2.5  # 25 ms windows at 10 ms


class LogMelInput(nn.Module):
    """Standardised log-mel spectra, four to a frame, each centred on its own stretch of sound.

    Attributes:
        mean: of each band, log10 of magnitude; measured before training.
        spread: standard deviation of each band.
    """

    mean: Tensor
    spread: Tensor
    window: Tensor
    filters: Tensor

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Mean 0 and spread 1.

        Args:
            config: bands and floor.
            clock: rates.

        Raises:
            ConfigError: when a semantic token is not a whole number of hops long.
        """
        super().__init__()
        if clock.sample_rate_hz % (clock.semantic_hz * SUBSAMPLING):
            raise ConfigError(
                f"{clock.sample_rate_hz} Hz are not a multiple of {SUBSAMPLING} x {clock.semantic_hz} Hz.",
                "Choose a semantic rate whose fourfold divides the sample rate.",
            )
        self.hop = clock.sample_rate_hz // (clock.semantic_hz * SUBSAMPLING)
        self.floor = config.floor
        samples = 2 * round(WINDOW_HOPS * self.hop / 2)
        samples += (samples - self.hop) % 2
        window = torch.hann_window(samples)
        self.register_buffer("window", window * (2 / window.sum()), persistent=False)
        filters = torch.from_numpy(mel_filters(config.bands, samples, clock.sample_rate_hz))
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("mean", torch.zeros(config.bands))
        self.register_buffer("spread", torch.ones(config.bands))

    def log_mel(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch t_mel band"]:
        """log10 of mean magnitude of each band; a spectrum for each whole hop, mirrored at both ends."""
        t_mel = wave.shape[1] // self.hop
        margin = (len(self.window) - self.hop) // 2
        padded = F.pad(wave[:, : t_mel * self.hop].float(), (margin, margin), mode="reflect")
        spectra = torch.fft.rfft(padded.unfold(1, len(self.window), self.hop) * self.window).abs()
        return (spectra @ self.filters.T).clamp(min=self.floor).log10()

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch t_mel band"]:
        """Spectra with mean 0 and spread 1 over the sound that was measured."""
        return (self.log_mel(wave) - self.mean) / self.spread


class Subsampling(nn.Module):
    """Two convolutions over time and frequency, each of stride 2 (paper, section 2.1), a projection and a norm.

    Kernels of four and one of padding keep each frame's centre on the middle of its four spectra.
    """

    def __init__(self, config: W2vBertConfig) -> None:
        """Random weights.

        Args:
            config: bands, channels and width.
        """
        super().__init__()
        self.first = nn.Conv2d(1, config.channels, 4, stride=2, padding=1)
        self.second = nn.Conv2d(config.channels, config.channels, 4, stride=2, padding=1)
        self.project = nn.Linear(config.channels * (config.bands // SUBSAMPLING), config.width)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, spectra: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t width"]:
        """A frame for four spectra."""
        maps = F.silu(self.second(F.silu(self.first(spectra[:, None]))))
        return self.norm(self.project(maps.transpose(1, 2).flatten(2)))


class W2vBert(nn.Module):
    """The network without the heads of its pretext tasks."""

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Random weights.

        Args:
            config: sizes.
            clock: rates.

        Raises:
            ConfigError: when the clock's rates do not fit (see `LogMelInput`).
        """
        super().__init__()
        self.config = config
        self._farthest = clock.semantic_frames(config.position_max_s)
        self.input = LogMelInput(config, clock)
        self.subsampling = Subsampling(config)
        self.into_context = nn.Linear(config.width, config.width)
        self.contrastive = nn.ModuleList(_block(config) for _ in range(config.contrastive_layers))
        self.masked = nn.ModuleList(_block(config) for _ in range(config.masked_layers))

    def frames(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch t width"]:
        """What each frame sounds like by itself: the feature encoder's output, which is quantized and masked."""
        return self.subsampling(self.input(wave))

    def context(
        self, frames: Float[Tensor, "batch t width"], layers: int | None = None
    ) -> tuple[Float[Tensor, "batch t width"], Float[Tensor, "batch t width"]]:
        """What the runtime say about each frame.

        Args:
            frames: of `frames`, some of them masked in training.
            layers: of the masked-prediction module; None runs all of them.

        Returns:
            Outputs of the contrastive module and of the masked-prediction module.
        """
        bucket = position_buckets(frames.shape[1], self.config.position_buckets, self._farthest).to(frames.device)
        stream = self.into_context(frames)
        for block in self.contrastive:
            stream = block(stream, bucket)
        contrastive = stream
        for block in self.masked[:layers]:
            stream = block(stream, bucket)
        return contrastive, stream

    def features(self, wave: Float[Tensor, "batch samples"], layer: int) -> Float[Tensor, "batch t width"]:
        """The output of a layer of the masked-prediction module, counted from 1, nothing masked."""
        return self.context(self.frames(wave), layer)[1]


def masked_frames(
    frames: Float[Tensor, "batch t width"],
    mask: Bool[Tensor, "batch t"],
    fill: str,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "batch t width"]:
    """The frames with random vectors (paper, section 2.2) or zeros in place of the masked ones.

    Args:
        frames: of `W2vBert.frames`, whose norm gives them mean 0 and unit variance.
        mask: which are hidden.
        fill: "noise" or "zeros".
        generator: of the noise; torch's global one by default.

    Returns:
        Frames of the same shape.
    """
    if fill == "zeros":
        return frames.masked_fill(mask[..., None], 0.0)
    noise = torch.randn(frames.shape, generator=generator).to(frames)
    return torch.where(mask[..., None], noise, frames)


def load_w2v_bert(folder: Path, clock: Clock) -> W2vBert:
    """The trained network of a checkpoint, in evaluation mode.

    Args:
        folder: the checkpoint.
        clock: the one in use.

    Returns:
        The network. A missing checkpoint or another network is a V2MeowError, another clock a StaleError.
    """
    return load_network(folder, KIND, W2vBertConfig, lambda config: W2vBert(config, clock), clock)


def _block(config: W2vBertConfig) -> ConformerBlock:
    return ConformerBlock(
        config.width, config.heads, config.feed_forward, config.kernel, config.position_buckets, config.dropout
    )
