"""w2v-BERT network (Chung et al. 2021): self-supervised audio representations.

Log-mel spectra at 10 ms, two strided convolutions down to the semantic token rate, and two stacks of Conformer blocks:
the contrastive module and the masked-prediction module. Semantic tokens are clusters of a middle layer of the latter
(AudioLM, Borsos et al. 2022, section III.B.2; MusicLM, Agostinelli et al. 2023, section 3.1).

Shapes: `batch` waveforms, `samples` samples of each, `t` frames at the semantic token rate, `t_mel` spectra, `band` mel
bands, `width` width of the Conformer blocks.
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
WINDOW_HOPS = 2.5  # windows of 25 ms with a hop of 10 ms


class LogMelInput(nn.Module):
    """Standardised log-mel spectra, four per frame, each centred on its hop.

    Attributes:
        mean: mean of each band in log10 of magnitude, computed before training.
        spread: standard deviation of each band.
    """

    mean: Tensor
    spread: Tensor
    window: Tensor
    filters: Tensor

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Initialises mean to 0 and standard deviation to 1.

        Args:
            config: configuration of the network.
            clock: sample rate and semantic token rate.

        Raises:
            ConfigError: if a semantic token is not a whole number of hops long.
        """
        super().__init__()
        if clock.sample_rate_hz % (clock.semantic_hz * SUBSAMPLING):
            raise ConfigError(
                f"The sample rate of {clock.sample_rate_hz} Hz is not a multiple of {SUBSAMPLING} x "
                f"{clock.semantic_hz} Hz.",
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
        """Log-mel spectra in log10 of magnitude, one per whole hop, with reflection padding."""
        t_mel = wave.shape[1] // self.hop
        margin = (len(self.window) - self.hop) // 2
        padded = F.pad(wave[:, : t_mel * self.hop].float(), (margin, margin), mode="reflect")
        spectra = torch.fft.rfft(padded.unfold(1, len(self.window), self.hop) * self.window).abs()
        return (spectra @ self.filters.T).clamp(min=self.floor).log10()

    def forward(self, wave: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch t_mel band"]:
        """Log-mel spectra, standardised."""
        return (self.log_mel(wave) - self.mean) / self.spread


class Subsampling(nn.Module):
    """Two 2D convolutions of stride 2 (paper, section 2.1), a projection and a norm.

    With kernel 4 and padding 1, each frame is centred on its four spectra.
    """

    def __init__(self, config: W2vBertConfig) -> None:
        """Builds the module with random weights.

        Args:
            config: configuration of the network.
        """
        super().__init__()
        self.first = nn.Conv2d(1, config.channels, 4, stride=2, padding=1)
        self.second = nn.Conv2d(config.channels, config.channels, 4, stride=2, padding=1)
        self.project = nn.Linear(config.channels * (config.bands // SUBSAMPLING), config.width)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, spectra: Float[Tensor, "batch t_mel band"]) -> Float[Tensor, "batch t width"]:
        """One frame per four spectra."""
        maps = F.silu(self.second(F.silu(self.first(spectra[:, None]))))
        return self.norm(self.project(maps.transpose(1, 2).flatten(2)))


class W2vBert(nn.Module):
    """w2v-BERT network, without the heads of the pretext tasks."""

    def __init__(self, config: W2vBertConfig, clock: Clock) -> None:
        """Builds the network with random weights.

        Args:
            config: configuration of the network.
            clock: sample rate and semantic token rate.

        Raises:
            ConfigError: if the clock's rates are not supported (see `LogMelInput`).
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
        """Output of the feature encoder, which is quantized and masked in training."""
        return self.subsampling(self.input(wave))

    def context(
        self, frames: Float[Tensor, "batch t width"], layers: int | None = None
    ) -> tuple[Float[Tensor, "batch t width"], Float[Tensor, "batch t width"]]:
        """Runs the Conformer blocks.

        Args:
            frames: output of `frames`, partly masked in training.
            layers: number of layers of the masked-prediction module to run; None for all.

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
        """Output of a layer of the masked-prediction module, counted from 1, without masking."""
        return self.context(self.frames(wave), layer)[1]


def masked_frames(
    frames: Float[Tensor, "batch t width"],
    mask: Bool[Tensor, "batch t"],
    fill: str,
    generator: torch.Generator | None = None,
) -> Float[Tensor, "batch t width"]:
    """Replaces masked frames by random vectors (paper, section 2.2) or zeros.

    Args:
        frames: output of `W2vBert.frames`, which has zero mean and unit variance.
        mask: True for frames to mask.
        fill: "noise" or "zeros".
        generator: random generator of the noise; None for torch's global one.

    Returns:
        Masked frames.
    """
    if fill == "zeros":
        return frames.masked_fill(mask[..., None], 0.0)
    noise = torch.randn(frames.shape, generator=generator).to(frames)
    return torch.where(mask[..., None], noise, frames)


def load_w2v_bert(folder: Path, clock: Clock) -> W2vBert:
    """Loads a trained network.

    Args:
        folder: checkpoint directory.
        clock: required clock.

    Returns:
        The network, in evaluation mode.

    Raises:
        V2MeowError: if the checkpoint is missing, damaged or of another kind; StaleError if it was made for another
            clock.
    """
    return load_network(folder, KIND, W2vBertConfig, lambda config: W2vBert(config, clock), clock)


def _block(config: W2vBertConfig) -> ConformerBlock:
    return ConformerBlock(
        config.width, config.heads, config.feed_forward, config.kernel, config.position_buckets, config.dropout
    )
