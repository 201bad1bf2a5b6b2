"""Discriminators of waveforms: on the samples at several rates, and on complex spectra of several resolutions.

Both are SoundStream's (Zeghidour et al. 2021, section III.E and figure 4): the waveform ones are MelGAN's, the spectral
one sees real and imaginary parts, hence phases. Several windows for the latter are EnCodec's idea (Defossez et al.
2022, section 3.4).

Shapes: `batch` examples, `samples` of each, `t` frames of a spectrum, `bin` its frequencies, `channel` of a layer.
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
# Strides in time and frequency of the six residual blocks.
STFT_STRIDES = ((1, 2), (2, 2), (1, 2), (2, 2), (1, 2), (2, 2))


class DiscriminatorsConfig(Config):
    """Which discriminators there are; the defaults are small.

    Attributes:
        wave_scales: waveform discriminators, each at half the rate of the one before. The paper has 3, 0 is none.
        wave_channels: of their first layer; four times as many in each strided one. The paper has 16.
        wave_max_channels: at most this many. The paper has 1,024.
        wave_layers: strided layers of each. The paper has 4.
        stft_windows: samples of the window of each spectral discriminator, a quarter of it the hop. The paper has
            (1024,), EnCodec (2048, 1024, 512, 256, 128); none is allowed.
        stft_channels: of their first layer; doubled in every second block, to 8 times as many. The paper has 32.
    """

    wave_scales: int = Field(default=2, ge=0)
    wave_channels: int = Field(default=4, gt=0, multiple_of=GROUP_CHANNELS)
    wave_max_channels: int = Field(default=64, gt=0, multiple_of=GROUP_CHANNELS)
    wave_layers: int = Field(default=3, gt=0)
    stft_windows: tuple[int, ...] = (1024,)
    stft_channels: int = Field(default=4, gt=0)

    @model_validator(mode="after")
    def _windows_can_be_halved(self) -> "DiscriminatorsConfig":
        wrong = [
            window for window in self.stft_windows if window < 2 ** (len(STFT_STRIDES) + 1) or window.bit_count() > 1
        ]
        if wrong:
            raise ConfigError(
                f"Spectral discriminators cannot have windows of {wrong} samples.", "Take powers of two, from 128."
            )
        if not self.wave_scales and not self.stft_windows:
            raise ConfigError("There is no discriminator.", "Give wave_scales or stft_windows.")
        return self


class Discriminators(nn.ModuleList):
    """All discriminators of a configuration: waves [batch, samples] in, a list of verdicts out.

    Args:
        config: which they are.
    """

    def __init__(self, config: DiscriminatorsConfig) -> None:
        layers = (config.wave_channels, config.wave_max_channels, config.wave_layers)
        waves = [WaveDiscriminator(2**scale, *layers) for scale in range(config.wave_scales)]
        super().__init__([*waves, *(StftDiscriminator(window, config.stft_channels) for window in config.stft_windows)])

    def forward(self, waves: Float[Tensor, "batch samples"]) -> list[DiscriminatorOutput]:
        """The verdict of each discriminator."""
        return [discriminator(waves) for discriminator in self]


class WaveDiscriminator(nn.Module):
    """A discriminator of samples: a plain layer, strided ones in groups of four channels, two plain ones.

    Args:
        pooling: the wave is first averaged over this many samples.
        channels: of the first layer.
        max_channels: of any.
        strided: layers that shorten the wave, each by 4.
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
        """Logits over time, and features."""
        x, features = F.avg_pool1d(waves[:, None], self.pooling), []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), SLOPE)
            features.append(x)
        return DiscriminatorOutput(self.last(x)[:, 0], features)


class StftDiscriminator(nn.Module):
    """A discriminator of complex spectra; the last layer gathers all frequencies.

    Args:
        window: samples of the window, a power of two and at least 128; a quarter of it is the hop.
        channels: of the first layer.
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
        """Logits over time, and features."""
        hop, shape = self.window // 4, self.get_buffer("shape")
        # Divided by the root of the window's energy, noise has the same level as its samples.
        spectra = torch.stft(waves, self.window, hop, window=shape, pad_mode="reflect", return_complex=True)
        parts = torch.view_as_real(spectra[:, :-1] / shape.norm())
        x = F.leaky_relu(self.first(parts.permute(0, 3, 2, 1).contiguous()), SLOPE)
        features = [x]
        for block in self.blocks:
            x = block(x)
            features.append(x)
        return DiscriminatorOutput(self.last(x)[:, 0, :, 0], features)


class StftBlock(nn.Module):
    """A residual block [batch, channel, t, bin] that shortens both axes by its strides.

    Args:
        channels: before.
        wider: channels after.
        strides: in time, 1 or 2, and frequency, 2.
    """

    def __init__(self, channels: int, wider: int, strides: tuple[int, int]) -> None:
        super().__init__()
        time = strides[0]
        self.inner = _normalised(nn.Conv2d(channels, channels, 3, padding=1))
        self.strided = _normalised(nn.Conv2d(channels, wider, (time + 2, 4), strides, padding=1))
        self.shortcut = _normalised(nn.Conv2d(channels, wider, 1, strides))

    def forward(self, x: Float[Tensor, "batch channel t bin"]) -> Float[Tensor, "batch wider t2 bin2"]:
        """The block's output."""
        inner = self.strided(F.leaky_relu(self.inner(x), SLOPE))
        shortcut = self.shortcut(x)[:, :, : inner.shape[2]]
        return F.leaky_relu(inner + shortcut, SLOPE)


def _normalised(layer: nn.Conv1d | nn.Conv2d) -> nn.Module:
    """The layer with normalised weights that start at a size which what passes keeps, where torch's own shrink it."""
    nn.init.kaiming_normal_(layer.weight, a=SLOPE)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return weight_norm(layer)
