"""Multi-resolution spectral losses between waveforms, which ignore phase.

Short windows resolve time, long windows resolve frequency. Both losses are 0 for equal waveforms and are averaged over
the batch.

Shapes: `batch` examples, `samples` samples of each, `t` frames of a spectrum, `bin` frequency bins, `band` mel bands.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from v2meow_pipeline.networks.mel_filters import mel_filters

MEL_WINDOWS = (64, 128, 256, 512, 1024, 2048)
# Windows of Parallel WaveGAN (Yamamoto et al. 2020, table 1) in seconds; the hop is a fifth of the window.
STFT_WINDOWS_S = (0.05, 0.025, 0.01)
# Added before the square root, so that its gradient is finite for silent bins.
TINY = 1e-14


class MelLoss(nn.Module):
    """Multi-scale mel loss of SoundStream (Zeghidour et al. 2021, equation 5, after Gritsenko et al. 2020).

    For each window of s samples (hop s / 4) it is the L1 distance of mel frames plus sqrt(s / 2) times the L2 distance
    of their natural logarithms, averaged over frames and windows (the paper sums them). As in the paper, magnitudes are
    not normalised, so both terms grow equally with the window length.

    Args:
        sample_rate_hz: sample rate of the waveforms.
        windows: window length of each resolution, in samples.
        bands: mel bands of each resolution, at most half the window length.
        floor: magnitude added before the logarithm, relative to a full-scale sine.
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
        """Loss of waveforms longer than half the longest window; gradients flow to both."""
        return torch.stack([self._at(window, made, wanted) for window in self.windows]).mean()

    def _at(self, window: int, made: Tensor, wanted: Tensor) -> Float[Tensor, ""]:
        shape, filters = self.get_buffer(f"window_{window}"), self.get_buffer(f"filters_{window}")
        a, b = (magnitudes(wave, shape, window // 4) @ filters for wave in (made, wanted))
        floor = self.floor * window / 4  # magnitude of a full-scale sine: half the sum of the Hann window
        linear = (a - b).abs().sum(dim=-1)
        logarithmic = torch.linalg.vector_norm((a + floor).log() - (b + floor).log(), dim=-1)
        return (linear + math.sqrt(window / 2) * logarithmic).mean()


class StftLoss(nn.Module):
    """Multi-resolution STFT loss of Parallel WaveGAN (Yamamoto et al. 2020, equations 4 to 6).

    For each resolution it is the spectral convergence, |S - S'| / |S| over all bins of the batch, plus the mean
    absolute difference of natural logarithms.

    Args:
        sample_rate_hz: sample rate of the waveforms.
        windows_s: window length of each resolution, in seconds; the hop is a fifth of it, and the FFT length the next
            power of two.
        floor: magnitude added before the logarithm, relative to a full-scale sine.
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
        """Loss of waveforms longer than the longest window; gradients flow to both."""
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
    """STFT magnitudes of centred frames with reflection padding and finite gradients.

    Args:
        waves: waveforms, longer than half of `transform`.
        shape: window function.
        hop: hop length in samples.
        transform: FFT length, by default the window length; a longer one zero-pads the frames.

    Returns:
        `1 + samples // hop` frames of `transform // 2 + 1` bins.
    """
    transform = transform or len(shape)
    spectra = torch.stft(waves, transform, hop, len(shape), shape, pad_mode="reflect", return_complex=True)
    return (torch.view_as_real(spectra).square().sum(dim=-1) + TINY).sqrt().transpose(1, 2)
