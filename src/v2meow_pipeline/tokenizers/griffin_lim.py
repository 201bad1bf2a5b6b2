"""Waveforms from magnitude spectra alone: fast Griffin-Lim (Perraudin, Balazs and Sondergaard, 2013).

Spectra are those of Hann windows, four hops long, the k-th centred on hop k: the layout of `framing.centred_frames`.

Shapes: `lead` any axes, such as examples of a batch, `t` frames, `bin` frequencies; a `padded` wave has (t + 3) * hop
samples, of which the first and last 1.5 hops are padding.
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
# Below the root: what is silent keeps a phase of its own.
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
    """Spectra with the magnitudes given and phases that fit each other; see `griffin_lim`.

    Args:
        magnitudes: where a full-scale sine has magnitude 1.
        phases: to start from, radians.
        layout: of the frames.
        steps: iterations; each lets a frame hear of three more on either side.
        momentum: how far each step overshoots.
        refine: returns new magnitudes for those reached.
        prefix: the start of the waveform where it is known.

    Returns:
        Spectra of the plain Fourier transform.
    """
    target = magnitudes * layout.scale
    spectra = torch.polar(target, phases)
    previous: Tensor | None = None
    for step in range(steps):
        consistent = layout.analyse(layout.synthesise(spectra, prefix))
        if refine is not None and step >= REFINE_AFTER and step % REFINE_EVERY == 0:
            target = refine(consistent.abs() / layout.scale) * layout.scale
        parts = torch.view_as_real(consistent)
        ahead = parts if previous is None else torch.lerp(previous, parts, 1 + momentum)
        previous = parts
        spectra = _with_magnitude(ahead, target)
    return spectra


def hold_to_bands(bands: Float[np.ndarray, "t band"], filters: Float[np.ndarray, "band bin"]) -> Refine:
    """What rescales magnitudes so that their mel bands come nearer to `bands`.

    Args:
        bands: mean magnitude of each mel band.
        filters: mel triangles.

    Returns:
        For `griffin_lim`.
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
    """The spectra whose real and imaginary parts are given, at other magnitudes; on parts, half the time of complex."""
    real, imaginary = parts.unbind(-1)
    gain = target * torch.rsqrt(torch.addcmul(real * real, imaginary, imaginary) + TINY)
    return torch.view_as_complex(parts * gain[..., None])


class StftFrames:
    """Frames of four hops and their overlap-add.

    Attributes:
        hop: samples between frames.
        t: frames.
        window: Hann's.
        scale: magnitude of a full-scale sine in the plain transform.
    """

    def __init__(self, hop: int, t: int, device: torch.device | None = None) -> None:
        """Prepares the window and its overlap.

        Args:
            hop: samples between frames.
            t: frames.
            device: where the waves lie.
        """
        self.hop, self.t = hop, t
        self.window = torch.hann_window(4 * hop, device=device)
        self.scale = self.window.sum() / 2
        self._norm = self._overlap_add((self.window**2).expand(t, -1)).clamp(min=1e-2)

    def analyse(self, wave: Float[Tensor, "*lead padded"]) -> Complex[Tensor, "*lead t bin"]:
        """The spectra of a padded wave."""
        return torch.fft.rfft(wave.unfold(-1, 4 * self.hop, self.hop) * self.window)

    def synthesise(
        self, spectra: Complex[Tensor, "*lead t bin"], prefix: Float[Tensor, " overlap"] | None = None
    ) -> Float[Tensor, "*lead padded"]:
        """The padded wave whose spectra are nearest to those given (Griffin and Lim 1984, equation 6).

        Args:
            spectra: of the plain transform.
            prefix: the start of the wave where it is known.

        Returns:
            The wave, `prefix` as it was.
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
