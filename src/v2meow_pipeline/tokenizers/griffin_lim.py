"""Fast Griffin-Lim phase retrieval (Perraudin, Balazs and Sondergaard, 2013).

Spectra have Hann windows of four hops, the k-th centred on hop k (the layout of `framing.centred_frames`).

Shapes: `lead` any leading axes, such as a batch, `t` frames, `bin` frequency bins; a `padded` waveform has
(t + 3) * hop samples, of which the first and last 1.5 hops are padding.
"""

import math
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Complex, Float
from torch import Tensor

Refine = Callable[[Float[Tensor, "*lead t bin"]], Float[Tensor, "*lead t bin"]]

REFINE_AFTER = 5
REFINE_EVERY = 4
# Added before the square root, so that silent bins keep a defined phase.
TINY = 1e-20
QUIETEST = 1e-8


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
    """Estimates a waveform from STFT magnitudes.

    Args:
        magnitudes: magnitudes of Hann windows of `4 * hop` samples, relative to a full-scale sine.
        hop: hop length in samples.
        seed: seeds the initial phases.
        steps: number of iterations.
        momentum: momentum of each step; 0 is the original Griffin-Lim algorithm.
        refine: function that maps the current magnitudes to new target magnitudes, called every few iterations; for
            targets that do not determine the magnitudes, such as mel bands.
        prefix: known start of the padded waveform, which is kept unchanged; the rest continues its phase.

    Returns:
        `(t + 3) * hop` samples, of which the first and last 1.5 hops are padding.
    """
    layout = StftFrames(hop, len(magnitudes))
    generator = torch.Generator().manual_seed(seed % 2**63)
    phases = torch.rand(magnitudes.shape, generator=generator) * (2 * math.pi)
    return layout.synthesise(retrieve_phases(magnitudes, phases, layout, steps, momentum, refine, prefix), prefix)


@torch.no_grad()
def retrieve_phases(
    magnitudes: Float[Tensor, "*lead t bin"],
    phases: Float[Tensor, "*lead t bin"],
    layout: "StftFrames",
    steps: int,
    momentum: float,
    refine: Refine | None = None,
    prefix: Float[Tensor, " overlap"] | None = None,
) -> Complex[Tensor, "*lead t bin"]:
    """Estimates phases that are consistent with given magnitudes; see `griffin_lim`.

    Args:
        magnitudes: target magnitudes, relative to a full-scale sine.
        phases: initial phases in radians.
        layout: layout of the frames.
        steps: number of iterations; each extends the context of a frame by three frames on both sides.
        momentum: momentum of each step.
        refine: function that maps the current magnitudes to new target magnitudes.
        prefix: known start of the padded waveform.

    Returns:
        Complex spectra, unnormalised.
    """
    target = magnitudes * layout.scale
    spectra = torch.polar(target, phases)
    previous: Tensor | None = None
    for step in range(steps):
        consistent = layout.analyse(layout.synthesise(spectra, prefix))
        if refine is not None and step >= REFINE_AFTER and step % REFINE_EVERY == 0:
            target = refine(consistent.abs() / layout.scale) * layout.scale
        parts = torch.view_as_real(consistent)
        accelerated = parts if previous is None else torch.lerp(previous, parts, 1 + momentum)
        previous = parts
        spectra = _with_magnitude(accelerated, target)
    return spectra


def hold_to_bands(bands: Float[np.ndarray, "t band"], filters: Float[np.ndarray, "band bin"]) -> Refine:
    """Creates a `refine` function that rescales magnitudes towards given mel bands.

    Args:
        bands: target mean magnitude of each mel band.
        filters: mel filters.

    Returns:
        Function for the `refine` argument of `griffin_lim`.
    """
    target, forward = torch.from_numpy(bands), torch.from_numpy(filters)
    back = forward / forward.sum(0).clamp(min=QUIETEST)

    def refine(magnitudes: Float[Tensor, "t bin"]) -> Float[Tensor, "t bin"]:
        ratio = (target / (magnitudes @ forward.T + QUIETEST)).clamp(max=10)
        return magnitudes * (ratio @ back)

    return refine


def _with_magnitude(
    parts: Float[Tensor, "*lead t bin 2"], target: Float[Tensor, "*lead t bin"]
) -> Complex[Tensor, "*lead t bin"]:
    """Sets the magnitudes of spectra given as real and imaginary parts (twice as fast as complex arithmetic)."""
    real, imaginary = parts.unbind(-1)
    gain = target * torch.rsqrt(torch.addcmul(real * real, imaginary, imaginary) + TINY)
    return torch.view_as_complex(parts * gain[..., None])


class StftFrames:
    """STFT with Hann windows of four hops, and its inverse by overlap-add.

    Attributes:
        hop: hop length in samples.
        t: number of frames.
        window: Hann window.
        scale: magnitude of a full-scale sine in the unnormalised transform.
    """

    def __init__(self, hop: int, t: int, device: torch.device | None = None) -> None:
        """Precomputes the window and the overlap-add normalisation.

        Args:
            hop: hop length in samples.
            t: number of frames.
            device: device of the waveforms.
        """
        self.hop, self.t = hop, t
        self.window = torch.hann_window(4 * hop, device=device)
        self.scale = self.window.sum() / 2
        self._norm = self._overlap_add((self.window**2).expand(t, -1)).clamp(min=1e-2)

    def analyse(self, wave: Float[Tensor, "*lead padded"]) -> Complex[Tensor, "*lead t bin"]:
        """STFT of a padded waveform."""
        return torch.fft.rfft(wave.unfold(-1, 4 * self.hop, self.hop) * self.window)

    def synthesise(
        self, spectra: Complex[Tensor, "*lead t bin"], prefix: Float[Tensor, " overlap"] | None = None
    ) -> Float[Tensor, "*lead padded"]:
        """Least-squares inverse STFT (Griffin and Lim 1984, equation 6).

        Args:
            spectra: complex spectra, unnormalised.
            prefix: known start of the padded waveform.

        Returns:
            The padded waveform, starting with `prefix`.
        """
        frames = torch.fft.irfft(spectra, n=4 * self.hop) * self.window
        wave = self._overlap_add(frames) / self._norm
        if prefix is not None:
            wave[..., : len(prefix)] = prefix
        return wave

    def _overlap_add(self, frames: Float[Tensor, "*lead t window"]) -> Float[Tensor, "*lead padded"]:
        lead = frames.shape[:-2]
        wave = frames.new_zeros(*lead, self.t + 3, self.hop)
        for part, block in enumerate(frames.reshape(*lead, self.t, 4, self.hop).unbind(-2)):
            wave[..., part : part + self.t, :] += block
        return wave.flatten(-2)
