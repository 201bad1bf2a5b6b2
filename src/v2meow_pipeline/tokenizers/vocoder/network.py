"""The vocoder: a network refines the magnitudes of mel inversion, a few Griffin-Lim steps find phases that fit them,
and a second, smaller network corrects both before overlap-add.

The last part is the head of Vocos (Siuzdak 2023): log-magnitude and phase of every bin at the codec's own frame rate.
Vocos has no other; but phase takes long to learn, and a vocoder that starts from mel inversion and Griffin-Lim sounds
no worse than these before its first step of training.

Shapes: `batch` examples, `t` frames, `band` mel bands, `bin` frequencies, `width` of the trunk, `padded` frames with
`EDGE` mirrored ones on either side.
"""

import math
from typing import NamedTuple

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.mel_filters import mel_filters
from v2meow_pipeline.tokenizers.griffin_lim import StftFrames, retrieve_phases
from v2meow_pipeline.tokenizers.mel_inversion import invert_bands
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.convnext import blocks

# Mirrored frames at the ends: where frames overlap on one side only, fast Griffin-Lim diverges.
EDGE = 3
# Natural logarithm of the largest gain that the network can put on a bin: 52 dB.
REACH = 6.0
# Frames on either side that one overlap-add and its analysis bring in.
OVERLAP = 3
LOUDEST_LOG10 = 0.1


class Drawn(NamedTuple):
    """Magnitudes that the first network aims at (a full-scale sine is 1), and its trunk's output."""

    magnitudes: Float[Tensor, "batch t bin"]
    trunk: Float[Tensor, "batch t width"]


class Vocoder(nn.Module):
    """Smoothed log-mel frames of the codec to waveforms, whatever number of levels they were decoded from.

    Attributes:
        config: sizes.
        hop: samples between log-mel frames.
        margin_frames: how far a frame's influence reaches.
    """

    mean: Tensor
    spread: Tensor
    filters: Tensor

    def __init__(self, config: VocoderConfig, clock: Clock) -> None:
        """A network that changes nothing yet: it decodes as mel inversion and Griffin-Lim do.

        Args:
            config: sizes.
            clock: gives the hop of log-mel frames, the sample rate and the number of levels.
        """
        super().__init__()
        self.config, self.hop = config, clock.mel_hop_samples
        width, bins = config.width, 2 * self.hop + 1
        filters = mel_filters(config.bands, 4 * self.hop, clock.sample_rate_hz)
        self.register_buffer("filters", torch.from_numpy(filters), persistent=False)
        self.register_buffer("mean", torch.zeros(config.bands))
        self.register_buffer("spread", torch.ones(config.bands))
        self.into = nn.Conv1d(config.bands, width, config.kernel, padding=config.kernel // 2)
        self.level = nn.Embedding(clock.acoustic_levels + 1, width)
        self.trunk = nn.Sequential(
            nn.LayerNorm(width), blocks(config.blocks, width, config.expansion, config.kernel), nn.LayerNorm(width)
        )
        self.gain = _silent_linear(width, bins)
        self.miss = nn.Linear(bins, width)
        self.correction = nn.Sequential(
            blocks(config.correction_blocks, width, config.expansion, config.kernel),
            nn.LayerNorm(width),
            _silent_linear(width, 2 * bins),
        )

    @property
    def margin_frames(self) -> int:
        """Frames on either side that a frame's sound depends on: convolutions, phase steps, overlap-add."""
        convolutions = self.config.kernel // 2 * (1 + self.config.blocks + self.config.correction_blocks)
        return convolutions + OVERLAP * (self.config.phase_steps + 2)

    def forward(
        self,
        log_mel: Float[Tensor, "batch t band"],
        levels: Int[Tensor, " batch"],
        phases: Float[Tensor, "batch padded bin"] | None = None,
    ) -> Float[Tensor, "batch samples"]:
        """Waveforms of `t * hop` samples.

        Args:
            log_mel: the codec's smoothed frames; all bands at log10 of the floor is silence.
            levels: how many levels they were decoded from.
            phases: to start from, radians, for `t + 2 * EDGE` frames; drawn from torch's global generator by default.

        Returns:
            Samples, not clipped; where four frames in a row are silent, they are 0.
        """
        return self.sound(self.draw(self.mirrored(log_mel), levels), phases)

    def sound(
        self, drawn: Drawn, phases: Float[Tensor, "batch padded bin"] | None = None
    ) -> Float[Tensor, "batch samples"]:
        """Waveforms of what the first network made of mirrored frames.

        Args:
            drawn: `draw` of `mirrored` frames.
            phases: as in `forward`.

        Returns:
            As `forward`.
        """
        magnitudes, trunk = drawn
        if phases is None:
            phases = (torch.rand(magnitudes.shape) * (2 * math.pi)).to(magnitudes)
        layout = StftFrames(self.hop, magnitudes.shape[1], magnitudes.device)
        config = self.config
        spectra = retrieve_phases(magnitudes.detach(), phases, layout, config.phase_steps, config.momentum)
        wave = layout.synthesise(self._corrected(magnitudes, trunk, spectra, layout) * layout.scale)
        padding = OVERLAP * self.hop // 2 + EDGE * self.hop
        return wave[:, padding:-padding]

    def draw(self, log_mel: Float[Tensor, "batch t band"], levels: Int[Tensor, " batch"]) -> Drawn:
        """What the first network makes of the frames.

        Args:
            log_mel: the codec's smoothed frames.
            levels: how many levels they were decoded from.

        Returns:
            Magnitudes, 0 in silent frames, and the trunk.
        """
        floor = self.config.floor
        sounding = (log_mel > math.log10(floor) + 1e-5).any(dim=-1, keepdim=True)
        bands = (10 ** log_mel.clamp(max=LOUDEST_LOG10) - floor).clamp(0, 1)
        inverted = invert_bands(bands, self.filters).clamp(min=0.1 * floor)
        x = self.into(((log_mel - self.mean) / self.spread).transpose(1, 2)).transpose(1, 2)
        trunk = self.trunk(x + self.level(levels)[:, None])
        return Drawn(inverted * _bounded(self.gain(trunk)).exp() * sounding, trunk)

    def _corrected(
        self,
        magnitudes: Float[Tensor, "batch padded bin"],
        trunk: Float[Tensor, "batch padded width"],
        spectra: Complex[Tensor, "batch padded bin"],
        layout: StftFrames,
    ) -> Complex[Tensor, "batch padded bin"]:
        """The spectra with the network's gain on each magnitude and its turn of each phase."""
        direction = torch.polar(torch.ones_like(magnitudes), spectra.angle())
        if not self.config.correction_blocks:
            return magnitudes * direction
        floor = self.config.floor
        reached = layout.analyse(layout.synthesise(spectra)).abs() / layout.scale
        miss = (reached + floor).log() - (magnitudes.detach() + floor).log()
        gain, turn = self.correction(trunk + self.miss(miss)).chunk(2, dim=-1)
        return magnitudes * torch.polar(_bounded(gain).exp(), turn) * direction

    def mirrored(self, log_mel: Float[Tensor, "batch t band"]) -> Float[Tensor, "batch padded band"]:
        """The frames with `EDGE` more at either end, mirrored."""
        t = log_mel.shape[1]
        places = torch.arange(-EDGE, t + EDGE, device=log_mel.device)
        places = torch.where(places < 0, -1 - places, torch.where(places >= t, 2 * t - 1 - places, places))
        return log_mel[:, places.clamp(0, t - 1)]


def _bounded(gain: Float[Tensor, "batch t bin"]) -> Float[Tensor, "batch t bin"]:
    return REACH * torch.tanh(gain / REACH)


def _silent_linear(width: int, out: int) -> nn.Linear:
    layer = nn.Linear(width, out)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
