"""Waveform discriminators: multi-scale (samples) and multi-resolution STFT (complex spectra).

Both follow SoundStream (Zeghidour et al. 2021, section III.E and figure 4): the multi-scale ones are MelGAN's, and the
STFT one reads real and imaginary parts, hence phases. Several STFT windows are taken from EnCodec (Defossez et al.
2022, section 3.4).

Shapes: `batch` examples, `samples` samples of each, `t` frames of a spectrum, `bin` frequency bins, `channel` channels
of a layer.
"""

import torch
import torch.nn.functional as F
from jaxtyping import Float
from pydantic import Field, model_validator
from torch import Tensor, nn
from torch.nn.utils.parametrizations import weight_norm

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.adversarial_losses import DiscriminatorOutput

SLOPE = 0.2
GROUP_CHANNELS = 4
WAVE_STRIDE = 4
# Strides (time, frequency) of the six residual blocks.
STFT_STRIDES = ((1, 2), (2, 2), (1, 2), (2, 2), (1, 2), (2, 2))


class DiscriminatorsConfig(Config):
    """Configuration of the discriminators; the defaults are small.

    Attributes:
        wave_scales: number of waveform discriminators, each at half the rate of the previous one (paper: 3); may be 0.
        wave_channels: channels of their first layer, multiplied by 4 in each strided layer (paper: 16).
        wave_max_channels: maximum number of channels (paper: 1,024).
        wave_layers: strided layers per waveform discriminator (paper: 4).
        stft_windows: window length in samples of each STFT discriminator, with a hop of a quarter (paper: (1024,);
            EnCodec: (2048, 1024, 512, 256, 128)); may be empty.
        stft_channels: channels of their first layer, doubled in every second block up to a factor of 8 (paper: 32).
    """

    wave_scales: int = Field(default=2, ge=0)
    wave_channels: int = Field(default=4, gt=0, multiple_of=GROUP_CHANNELS)
    wave_max_channels: int = Field(default=64, gt=0, multiple_of=GROUP_CHANNELS)
    wave_layers: int = Field(default=3, gt=0)
    stft_windows: tuple[int, ...] = (1024,)
    stft_channels: int = Field(default=4, gt=0)

    @model_validator(mode="after")
    def _windows_can_be_halved(self) -> "DiscriminatorsConfig":
        invalid = [
            window for window in self.stft_windows if window < 2 ** (len(STFT_STRIDES) + 1) or window.bit_count() > 1
        ]
        if invalid:
            raise ConfigError(
                f"STFT discriminators cannot have windows of {invalid} samples.", "Use powers of two, at least 128."
            )
        if not self.wave_scales and not self.stft_windows:
            raise ConfigError(
                "The configuration has no discriminators.", "Set wave_scales above 0, or give stft_windows."
            )
        return self


class Discriminators(nn.ModuleList):
    """All discriminators of a configuration.

    Args:
        config: configuration of the discriminators.
    """

    def __init__(self, config: DiscriminatorsConfig) -> None:
        layers = (config.wave_channels, config.wave_max_channels, config.wave_layers)
        waves = [WaveDiscriminator(2**scale, *layers) for scale in range(config.wave_scales)]
        super().__init__([*waves, *(StftDiscriminator(window, config.stft_channels) for window in config.stft_windows)])

    def forward(self, waves: Float[Tensor, "batch samples"]) -> list[DiscriminatorOutput]:
        """Output of each discriminator."""
        return [discriminator(waves) for discriminator in self]


class WaveDiscriminator(nn.Module):
    """MelGAN discriminator of samples: a convolution, strided grouped convolutions (4 channels per group), two more.

    Args:
        pooling: factor of the average pooling that is applied to the waveform first.
        channels: channels of the first layer.
        max_channels: maximum number of channels.
        strided: number of strided layers, each with stride 4.
    """

    def __init__(self, pooling: int, channels: int, max_channels: int, strided: int) -> None:
        super().__init__()
        self.pooling = pooling
        self.layers = nn.ModuleList([_normalised(nn.Conv1d(1, channels, 15, padding=7))])
        for _ in range(strided):
            wider = min(4 * channels, max_channels)
            layer = nn.Conv1d(channels, wider, 41, WAVE_STRIDE, padding=20, groups=channels // GROUP_CHANNELS)
            self.layers.append(_normalised(layer))
            channels = wider
        self.layers.append(_normalised(nn.Conv1d(channels, channels, 5, padding=2)))
        self.last = _normalised(nn.Conv1d(channels, 1, 3, padding=1))

    def forward(self, waves: Float[Tensor, "batch samples"]) -> DiscriminatorOutput:
        """Logits over time and intermediate features."""
        x, features = F.avg_pool1d(waves[:, None], self.pooling), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        return DiscriminatorOutput(self.last(x)[:, 0], features)


class StftDiscriminator(nn.Module):
    """STFT discriminator of complex spectra; the last layer spans all frequencies.

    Args:
        window: window length in samples, a power of two >= 128; the hop is a quarter of it.
        channels: channels of the first layer.
    """

    def __init__(self, window: int, channels: int) -> None:
        super().__init__()
        self.window = window
        self.register_buffer("shape", torch.hann_window(window), persistent=False)
        self.first = _normalised(nn.Conv2d(2, channels, 7, padding=3))
        widths = [channels * min(8, 2 ** ((index + 1) // 2)) for index in range(len(STFT_STRIDES) + 1)]
        self.blocks = nn.ModuleList(map(StftBlock, widths, widths[1:], STFT_STRIDES))
        bins = window // 2 >> len(STFT_STRIDES)
        self.last = _normalised(nn.Conv2d(widths[-1], 1, (1, bins)))

    def forward(self, waves: Float[Tensor, "batch samples"]) -> DiscriminatorOutput:
        """Logits over time and intermediate features."""
        hop, shape = self.window // 4, self.get_buffer("shape")
        # Divided by the norm of the window, the spectrum of white noise has the RMS level of its samples.
        spectra = torch.stft(waves, self.window, hop, window=shape, pad_mode="reflect", return_complex=True)
        parts = torch.view_as_real(spectra[:, :-1] / shape.norm())
        x = F.leaky_relu(self.first(parts.permute(0, 3, 2, 1).contiguous()), SLOPE)
        features = [x]
        for block in self.blocks:
            x = block(x)
            features.append(x)
        return DiscriminatorOutput(self.last(x)[:, 0, :, 0], features)


class StftBlock(nn.Module):
    """Strided residual block over [batch, channel, t, bin].

    Args:
        channels: input channels.
        wider: output channels.
        strides: strides in time (1 or 2) and frequency (2).
    """

    def __init__(self, channels: int, wider: int, strides: tuple[int, int]) -> None:
        super().__init__()
        time = strides[0]
        self.inner = _normalised(nn.Conv2d(channels, channels, 3, padding=1))
        self.strided = _normalised(nn.Conv2d(channels, wider, (time + 2, 4), strides, padding=1))
        self.shortcut = _normalised(nn.Conv2d(channels, wider, 1, strides))

    def forward(self, x: Float[Tensor, "batch channel t bin"]) -> Float[Tensor, "batch wider t2 bin2"]:
        """Output of the block."""
        inner = self.strided(F.leaky_relu(self.inner(x), SLOPE))
        shortcut = self.shortcut(x)[:, :, : inner.shape[2]]
        return F.leaky_relu(inner + shortcut, SLOPE)


def _normalised(layer: nn.Conv1d | nn.Conv2d) -> nn.Module:
    """Adds weight normalisation and initialises the weights (He) so that the variance of activations is preserved."""
    nn.init.kaiming_normal_(layer.weight, a=SLOPE)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return weight_norm(layer)
