"""Audio tower of MuLan: an Audio Spectrogram Transformer (Gong et al. 2021) over a log-mel spectrogram.

Shapes: `batch` segments of `samples` samples, `band` and `frame` axes of a spectrogram, `row` and `column` axes of its
patches (low bands first), `patch` patches as a sequence, `kept` patches after patchout, `width` width of the
Transformer.
"""

from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.encoders.mel import filterbank
from v2meow_pipeline.encoders.mulan.config import SoundConfig
from v2meow_pipeline.encoders.mulan.transformer import INITIAL_DEVIATION, Transformer, initialise

FLOOR = 1e-5  # power added to each band before the logarithm
SMALLEST_DEVIATION = 1e-2


class SoundTower(nn.Module):
    """Embeds waveforms; in training with SpecAugment and patchout."""

    filters: Tensor
    window: Tensor
    mean: Tensor
    deviation: Tensor

    def __init__(self, config: SoundConfig, width: int) -> None:
        """Builds the tower with random weights.

        Args:
            config: configuration of the tower.
            width: width of the joint space.
        """
        super().__init__()
        self.config = config
        inner = config.transformer.width
        rows, columns = config.grid
        filters = filterbank(config.sample_rate_hz, config.window, config.bands).T.clone()
        self.register_buffer("filters", filters, persistent=False)
        self.register_buffer("window", torch.hann_window(config.window), persistent=False)
        self.register_buffer("mean", torch.zeros(config.bands, 1))
        self.register_buffer("deviation", torch.ones(config.bands, 1))
        self.patches = nn.Conv2d(1, inner, config.patch, config.stride)
        # Separate position embeddings for bands and time (Koutini et al. 2022), so that waveforms can be shorter.
        self.rows = nn.Parameter(torch.randn(inner, rows, 1) * INITIAL_DEVIATION)
        self.columns = nn.Parameter(torch.randn(inner, 1, columns) * INITIAL_DEVIATION)
        self.transformer = Transformer(config.transformer)
        self.project = nn.Linear(inner, width)
        self.patches.apply(initialise)
        self.project.apply(initialise)

    def forward(self, waves: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch width"]:
        """Embeddings, not normalised, of waveforms of at most one segment; shorter ones are padded to one patch."""
        spectrogram = (self.log_mel(waves) - self.mean) / self.deviation
        if self.training:
            spectrogram = self._masked(spectrogram)
        grid = self.patches(spectrogram[:, None])
        grid = grid + self.rows + self.columns[..., : grid.shape[-1]]
        sequence = grid.flatten(2).transpose(1, 2)
        return self.project(self.transformer(self._kept(sequence) if self.training else sequence))

    def log_mel(self, waves: Float[Tensor, "batch samples"]) -> Float[Tensor, "batch band frame"]:
        """Log-mel spectrogram (natural logarithm of power), not standardised."""
        fewest = max(self.config.patch * self.config.hop, self.config.window)
        if waves.shape[1] < fewest:
            waves = nn.functional.pad(waves, (0, fewest - waves.shape[1]))
        spectrum = torch.stft(
            waves, self.config.window, self.config.hop, window=self.window, center=True, return_complex=True
        )
        frames = min(waves.shape[1] // self.config.hop, self.config.frames)
        spectrum = spectrum[..., :frames]
        power = spectrum.real.square() + spectrum.imag.square()  # twice as fast as the square of abs()
        return (self.filters @ power + FLOOR).log()

    @torch.no_grad()
    def standardise_on(self, batches: Sequence[Float[Tensor, "batch samples"]]) -> None:
        """Sets mean and standard deviation of each band from waveforms."""
        bands = torch.cat([self.log_mel(waves).transpose(0, 1).flatten(1) for waves in batches], dim=1)
        self.mean.copy_(bands.mean(dim=1, keepdim=True))
        self.deviation.copy_(bands.std(dim=1, keepdim=True).clamp(min=SMALLEST_DEVIATION))

    def _masked(self, spectrogram: Float[Tensor, "batch band frame"]) -> Float[Tensor, "batch band frame"]:
        """SpecAugment: sets a random range of bands and of frames to the mean, which is 0."""
        bands = _random_range(len(spectrogram), spectrogram.shape[1], self.config.masked_bands, spectrogram.device)
        frames = _random_range(len(spectrogram), spectrogram.shape[2], self.config.masked_frames, spectrogram.device)
        return spectrogram.masked_fill(bands[:, :, None] | frames[:, None, :], 0.0)

    def _kept(self, sequence: Float[Tensor, "batch patch width"]) -> Float[Tensor, "batch kept width"]:
        """Patchout: a random subset of the patches of each example."""
        batch, patches, width = sequence.shape
        count = max(1, round(self.config.kept_patches * patches))
        if count == patches:
            return sequence
        chosen = torch.rand(batch, patches, device=sequence.device).argsort(dim=1)[:, :count]
        return sequence.gather(1, chosen[..., None].expand(-1, -1, width))


def _random_range(batch: int, length: int, longest: int, device: torch.device) -> Tensor:
    """Mask of a random contiguous range in each row, of at most `longest` elements."""
    size = torch.randint(0, longest + 1, (batch, 1), device=device).clamp(max=length)
    start = (torch.rand(batch, 1, device=device) * (length - size + 1)).long()
    index = torch.arange(length, device=device)
    return (index >= start) & (index < start + size)
