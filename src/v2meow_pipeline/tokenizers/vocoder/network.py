"""Vocoder network: magnitude prediction, a few Griffin-Lim iterations, and a learned correction before overlap-add.

The trunk refines the magnitudes of mel inversion, Griffin-Lim finds consistent phases, and a second, smaller network
corrects both. The correction is the head of Vocos (Siuzdak 2023): log-magnitude and phase of every bin at the codec's
frame rate. Vocos has only this head, but phases take long to learn; this vocoder equals mel inversion and Griffin-Lim
before its first training step.

Shapes: `batch` examples, `t` frames, `band` mel bands, `bin` frequency bins, `width` width of the trunk, `padded`
frames including `EDGE` mirrored frames on each side.
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

# Mirrored frames at each end, because fast Griffin-Lim diverges where frames overlap on one side only.
EDGE = 3
# Natural logarithm of the maximum gain of a bin: 52 dB.
REACH = 6.0
# Context on each side, in frames, of one overlap-add and analysis.
OVERLAP = 3
LOUDEST_LOG10 = 0.1


class Drawn(NamedTuple):
    """Output of the magnitude network.

    Attributes:
        magnitudes: target magnitudes, relative to a full-scale sine.
        trunk: hidden states of the trunk.
    """

    magnitudes: Float[Tensor, "batch t bin"]
    trunk: Float[Tensor, "batch t width"]


class Vocoder(nn.Module):
    """Converts smoothed log-mel frames of a codec, decoded from any number of levels, to waveforms.

    Attributes:
        config: configuration of the network.
        hop: hop length of the log-mel frames, in samples.
        margin_frames: receptive field on each side, in frames.
    """

    mean: Tensor
    spread: Tensor
    filters: Tensor

    def __init__(self, config: VocoderConfig, clock: Clock) -> None:
        """Builds the network, initialised to decode exactly like mel inversion and Griffin-Lim.

        Args:
            config: configuration of the network.
            clock: hop of log-mel frames, sample rate and number of levels.
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
        self.gain = _zero_linear(width, bins)
        self.miss = nn.Linear(bins, width)
        self.correction = nn.Sequential(
            blocks(config.correction_blocks, width, config.expansion, config.kernel),
            nn.LayerNorm(width),
            _zero_linear(width, 2 * bins),
        )

    @property
    def margin_frames(self) -> int:
        """Receptive field on each side, in frames: convolutions, Griffin-Lim iterations and overlap-add."""
        convolutions = self.config.kernel // 2 * (1 + self.config.blocks + self.config.correction_blocks)
        return convolutions + OVERLAP * (self.config.phase_steps + 2)

    def forward(
        self,
        log_mel: Float[Tensor, "batch t band"],
        levels: Int[Tensor, " batch"],
        phases: Float[Tensor, "batch padded bin"] | None = None,
    ) -> Float[Tensor, "batch samples"]:
        """Synthesises waveforms of `t * hop` samples.

        Args:
            log_mel: smoothed log-mel frames of the codec; frames with all bands at log10(floor) are silent.
            levels: number of levels that the frames were decoded from.
            phases: initial phases in radians for `t + 2 * EDGE` frames; None for random phases from torch's global
                generator.

        Returns:
            Samples, not clipped; 0 where four consecutive frames are silent.
        """
        return self.sound(self.draw(self.mirrored(log_mel), levels), phases)

    def sound(
        self, drawn: Drawn, phases: Float[Tensor, "batch padded bin"] | None = None
    ) -> Float[Tensor, "batch samples"]:
        """Synthesises waveforms from predicted magnitudes.

        Args:
            drawn: result of `draw` for `mirrored` frames.
            phases: initial phases, as in `forward`.

        Returns:
            Samples, as in `forward`.
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
        """Predicts magnitudes of frames.

        Args:
            log_mel: smoothed log-mel frames of the codec.
            levels: number of levels that the frames were decoded from.

        Returns:
            Magnitudes, which are 0 in silent frames, and hidden states of the trunk.
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
        """Applies the correction network's gain to the magnitudes and its rotation to the phases."""
        direction = torch.polar(torch.ones_like(magnitudes), spectra.angle())
        if not self.config.correction_blocks:
            return magnitudes * direction
        floor = self.config.floor
        reached = layout.analyse(layout.synthesise(spectra)).abs() / layout.scale
        miss = (reached + floor).log() - (magnitudes.detach() + floor).log()
        gain, rotation = self.correction(trunk + self.miss(miss)).chunk(2, dim=-1)
        return magnitudes * torch.polar(_bounded(gain).exp(), rotation) * direction

    def mirrored(self, log_mel: Float[Tensor, "batch t band"]) -> Float[Tensor, "batch padded band"]:
        """Pads the frames with `EDGE` mirrored frames on each side."""
        t = log_mel.shape[1]
        indices = torch.arange(-EDGE, t + EDGE, device=log_mel.device)
        indices = torch.where(indices < 0, -1 - indices, torch.where(indices >= t, 2 * t - 1 - indices, indices))
        return log_mel[:, indices.clamp(0, t - 1)]


def _bounded(gain: Float[Tensor, "batch t bin"]) -> Float[Tensor, "batch t bin"]:
    return REACH * torch.tanh(gain / REACH)


def _zero_linear(width: int, out: int) -> nn.Linear:
    layer = nn.Linear(width, out)
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer
