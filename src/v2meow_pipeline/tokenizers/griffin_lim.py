"""A waveform from magnitude spectra alone: fast Griffin-Lim (Perraudin, Balazs and Sondergaard, 2013).

Spectra are those of Hann windows, four hops long, the k-th centred on hop k: the layout of `framing.centred_frames`.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Complex, Float
from torch import Tensor

Refine = Callable[[Float[Tensor, "t bin"]], Float[Tensor, "t bin"]]

REFINE_AFTER = 5
REFINE_EVERY = 4


@torch.inference_mode()
def griffin_lim(
    magnitudes: Float[Tensor, "t bin"],
    hop: int,
    seed: int,
    steps: int = 60,
    momentum: float = 0.99,
    refine: Refine | None = None,
    prefix: Float[Tensor, " overlap"] | None = None,
) -> Float[Tensor, " padded"]:
    """A waveform whose spectra have nearly the magnitudes given.

    Args:
        magnitudes: of Hann windows of `4 * hop` samples; a full-scale sine has magnitude 1.
        hop: samples between windows.
        seed: of the first phases.
        steps: iterations.
        momentum: how far each step overshoots; 0 is plain Griffin and Lim.
        refine: called now and then with the magnitudes reached, returns the magnitudes to aim at from then on; for a
            target that leaves magnitudes open, such as mel bands.
        prefix: the start of the (padded) waveform where it is known, kept as it is: the rest continues it in phase.

    Returns:
        `(t + 3) * hop` samples, of which the first and last 1.5 hops are padding.
    """
    layout = _Layout(hop, len(magnitudes))
    target = magnitudes * (layout.window.sum() / 2)
    generator = torch.Generator().manual_seed(seed % 2**63)
    phases = torch.rand(magnitudes.shape, generator=generator) * (2 * math.pi)
    spectra = torch.polar(target, phases)
    previous: Tensor | None = None
    for step in range(steps):
        consistent = layout.analyse(layout.synthesise(spectra, prefix))
        if refine is not None and step >= REFINE_AFTER and step % REFINE_EVERY == 0:
            scale = layout.window.sum() / 2
            target = refine(consistent.abs() / scale) * scale
        parts = torch.view_as_real(consistent)
        ahead = parts if previous is None else torch.lerp(previous, parts, 1 + momentum)
        previous = parts
        spectra = _with_magnitude(ahead, target)
    return layout.synthesise(spectra, prefix)


def _with_magnitude(parts: Float[Tensor, "t bin 2"], target: Float[Tensor, "t bin"]) -> Complex[Tensor, "t bin"]:
    """The spectra whose real and imaginary parts are given, at other magnitudes; on parts, half the time of complex."""
    real, imaginary = parts.unbind(-1)
    gain = target * torch.rsqrt(torch.addcmul(real * real, imaginary, imaginary) + 1e-20)
    return torch.view_as_complex(parts * gain[..., None])


class _Layout:
    """Overlap-add for windows of four hops."""

    def __init__(self, hop: int, t: int) -> None:
        self.hop, self.t = hop, t
        self.window = torch.hann_window(4 * hop)
        self._norm = self._overlap_add((self.window**2).expand(t, -1)).clamp(min=1e-2)

    def analyse(self, wave: Float[Tensor, " padded"]) -> Complex[Tensor, "t bin"]:
        return torch.fft.rfft(wave.unfold(0, 4 * self.hop, self.hop) * self.window)

    def synthesise(
        self, spectra: Complex[Tensor, "t bin"], prefix: Float[Tensor, " overlap"] | None
    ) -> Float[Tensor, " padded"]:
        frames = torch.fft.irfft(spectra, n=4 * self.hop) * self.window
        wave = self._overlap_add(frames) / self._norm
        if prefix is not None:
            wave[: len(prefix)] = prefix
        return wave

    def _overlap_add(self, frames: Float[Tensor, "t window"]) -> Float[Tensor, " padded"]:
        wave = torch.zeros(self.t + 3, self.hop)
        for part, block in enumerate(frames.reshape(self.t, 4, self.hop).unbind(1)):
            wave[part : part + self.t] += block
        return wave.view(-1)
