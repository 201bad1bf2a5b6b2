"""How far one waveform lies from another as the ear has it: losses on magnitude spectra of several resolutions.

Short windows judge when something sounds, long ones at which pitch; phases are free. Both losses are 0 for equal waves
and a mean over the batch, so the order of examples does not matter.

Shapes: `batch` examples, `samples` of each, `t` frames of a spectrum, `bin` frequencies, `band` mel bands.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.networks.mel_filters import mel_filters

MEL_WINDOWS = (64, 128, 256, 512, 1024, 2048)
# Windows and hops of Parallel WaveGAN (Yamamoto et al. 2020, table 1) in seconds: 50, 25 and 10 ms, hops of a fifth.
STFT_WINDOWS_S = (0.05, 0.025, 0.01)
# Added below the root, so that its gradient stays finite where a bin is silent.
TINY = 1e-14


class MelLoss(nn.Module):
    """The multi-scale mel loss of SoundStream (Zeghidour et al. 2021, equation 5, after Gritsenko et al. 2020).

    For each window of s samples, a quarter of it the hop: the L1 distance of mel frames plus sqrt(s / 2) times the L2
    distance of their natural logarithms; here a mean over frames and windows, where the paper has sums. As in the
    paper, magnitudes are those of the plain transform, so both parts grow alike with the window.

    Args:
        sample_rate_hz: of the waves.
        windows: samples of each resolution.
        bands: mel bands of each; at most half its window is used.
        floor: magnitude added before the logarithm, where a full-scale sine is 1.
    """

    def __init__(
        self, sample_rate_hz: int, windows: tuple[int, ...] = MEL_WINDOWS, bands: int = 64, floor: float = 1e-5
    ) -> None:
        super().__init__()
        self.windows, self.floor = windows, floor
        for window in windows:
            filters = torch.from_numpy(mel_filters(min(bands, window // 2), window, sample_rate_hz))
            self.register_buffer(f"filters_{window}", filters.T.contiguous(), persistent=False)
            self.register_buffer(f"window_{window}", torch.hann_window(window), persistent=False)

    def forward(
        self, made: Float[Tensor, "batch samples"], wanted: Float[Tensor, "batch samples"]
    ) -> Float[Tensor, ""]:
        """The loss of waves that are longer than half the longest window; gradients reach both."""
        return torch.stack([self._at(window, made, wanted) for window in self.windows]).mean()

    def _at(self, window: int, made: Tensor, wanted: Tensor) -> Float[Tensor, ""]:
        shape, filters = self.get_buffer(f"window_{window}"), self.get_buffer(f"filters_{window}")
        a, b = (magnitudes(wave, shape, window // 4) @ filters for wave in (made, wanted))
        floor = self.floor * window / 4  # a full-scale sine reaches half the sum of its Hann window
        linear = (a - b).abs().sum(dim=-1)
        logarithmic = torch.linalg.vector_norm((a + floor).log() - (b + floor).log(), dim=-1)
        return (linear + math.sqrt(window / 2) * logarithmic).mean()


class StftLoss(nn.Module):
    """The multi-resolution STFT loss of Parallel WaveGAN (Yamamoto et al. 2020, equations 4 to 6).

    For each resolution the spectral convergence, |S - S'| / |S| over all bins of the batch, plus the mean absolute
    difference of natural logarithms.

    Args:
        sample_rate_hz: of the waves.
        windows_s: length of each resolution's window, seconds; the hop is a fifth of it, the transform the next power
            of two.
        floor: least magnitude in the logarithm, where a full-scale sine is 1.
    """

    def __init__(self, sample_rate_hz: int, windows_s: tuple[float, ...] = STFT_WINDOWS_S, floor: float = 1e-5) -> None:
        super().__init__()
        self.floor = floor
        self.windows = [round(seconds * sample_rate_hz) for seconds in windows_s]
        for window in self.windows:
            self.register_buffer(f"window_{window}", torch.hann_window(window), persistent=False)

    def forward(
        self, made: Float[Tensor, "batch samples"], wanted: Float[Tensor, "batch samples"]
    ) -> Float[Tensor, ""]:
        """The loss of waves that are longer than the longest window; gradients reach both."""
        return torch.stack([self._at(window, made, wanted) for window in self.windows]).mean()

    def _at(self, window: int, made: Tensor, wanted: Tensor) -> Float[Tensor, ""]:
        shape, bins = self.get_buffer(f"window_{window}"), 1 << (window - 1).bit_length()
        a, b = (magnitudes(wave, shape, window // 5, bins) for wave in (made, wanted))
        floor = self.floor * window / 4
        convergence = torch.linalg.vector_norm(a - b) / (torch.linalg.vector_norm(b) + floor)
        return convergence + ((a + floor).log() - (b + floor).log()).abs().mean()


def magnitudes(
    waves: Float[Tensor, "batch samples"], shape: Float[Tensor, " window"], hop: int, transform: int | None = None
) -> Float[Tensor, "batch t bin"]:
    """Magnitude spectra of centred frames, ends mirrored, with gradients that are finite everywhere.

    Args:
        waves: samples, more than half of `transform`.
        shape: the window.
        hop: samples between frames.
        transform: samples of the Fourier transform, the window's by default; what is longer is padded with zeros.

    Returns:
        `1 + samples // hop` frames of `transform // 2 + 1` bins.
    """
    transform = transform or len(shape)
    spectra = torch.stft(waves, transform, hop, len(shape), shape, pad_mode="reflect", return_complex=True)
    return (torch.view_as_real(spectra).square().sum(dim=-1) + TINY).sqrt().transpose(1, 2)
