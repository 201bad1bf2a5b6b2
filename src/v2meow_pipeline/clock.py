"""Every rate and every length, and nothing else (paper, section "Clocks").

All streams of a clip share one time axis that starts at the clip's first instant. A stream is a rate; its length
for a duration is derived here, so that no other module multiplies seconds by anything.
"""

from functools import cached_property

from pydantic import model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError


class Clock(Config):
    """Rates of all streams and the lengths that follow from them.

    Attributes:
        sample_rate_hz: waveform, samples a second (mono).
        clip_s: duration of one training example, seconds.
        visual_fps: frames a second seen by the image encoders, and visual features a second.
        flow_fps: frames a second between which optical flow is computed.
        event_hz: values of an event curve a second (encoders/event_curves.py).
        semantic_hz: semantic tokens a second.
        acoustic_hz: acoustic frames a second; each frame has `acoustic_levels` tokens.
        semantic_vocab: number of semantic tokens (k-means centres).
        acoustic_vocab: number of codes in each residual codebook.
        acoustic_levels: residual codebooks.
        coarse_levels: how many of them, from the first, the coarse stage predicts; the fine stage adds the rest.
        mel_frames: log-mel frames that an acoustic frame spans, for codecs and vocoders that work on log-mel frames.
    """

    sample_rate_hz: int = 16_000
    clip_s: float = 10.0
    visual_fps: int = 1
    flow_fps: int = 24
    event_hz: int = 25
    semantic_hz: int = 25
    acoustic_hz: int = 50
    semantic_vocab: int = 1024
    acoustic_vocab: int = 1024
    acoustic_levels: int = 12
    coarse_levels: int = 4
    mel_frames: int = 1

    @model_validator(mode="after")
    def _rates_divide(self) -> "Clock":
        if self.sample_rate_hz % self.acoustic_hz or self.acoustic_hz % self.semantic_hz:
            raise ConfigError(
                f"{self.sample_rate_hz} Hz, {self.acoustic_hz} Hz and {self.semantic_hz} Hz do not divide each other.",
                "Choose sample, acoustic and semantic rates that are multiples.",
            )
        if self.mel_frames < 1 or self.hop_samples % self.mel_frames:
            raise ConfigError(
                f"{self.mel_frames} log-mel frames do not divide the {self.hop_samples} samples of an acoustic frame.",
                "Choose mel_frames as a divisor.",
            )
        if not 0 < self.coarse_levels < self.acoustic_levels:
            raise ConfigError(
                f"{self.coarse_levels} coarse of {self.acoustic_levels} levels leaves nothing to a stage.",
                "Choose coarse_levels between 1 and acoustic_levels - 1.",
            )
        return self

    @cached_property
    def hop_samples(self) -> int:
        """Samples between acoustic frames: 320."""
        return self.sample_rate_hz // self.acoustic_hz

    @cached_property
    def mel_hop_samples(self) -> int:
        """Samples between log-mel frames: 320."""
        return self.hop_samples // self.mel_frames

    @cached_property
    def fine_levels(self) -> int:
        """Residual codebooks that the fine stage predicts: 8."""
        return self.acoustic_levels - self.coarse_levels

    @cached_property
    def clip_samples(self) -> int:
        """Samples of one clip: 160,000."""
        return self.samples(self.clip_s)

    @cached_property
    def t_visual(self) -> int:
        """Visual features of one clip: 10."""
        return self.visual_frames(self.clip_s)

    @cached_property
    def t_flow(self) -> int:
        """Frames of one clip at flow rate: 240."""
        return self.flow_frames(self.clip_s)

    @cached_property
    def t_event(self) -> int:
        """Values of the event curve of one clip: 250."""
        return self.event_frames(self.clip_s)

    @cached_property
    def t_semantic(self) -> int:
        """Semantic tokens of one clip: 250."""
        return self.semantic_frames(self.clip_s)

    @cached_property
    def t_acoustic(self) -> int:
        """Acoustic frames of one clip: 500."""
        return self.acoustic_frames(self.clip_s)

    def samples(self, duration_s: float) -> int:
        """Samples in `duration_s` seconds, to the nearest."""
        return round(duration_s * self.sample_rate_hz)

    def visual_frames(self, duration_s: float) -> int:
        """Visual features in `duration_s` seconds, to the nearest, at least one."""
        return max(1, round(duration_s * self.visual_fps))

    def flow_frames(self, duration_s: float) -> int:
        """Frames at flow rate in `duration_s` seconds, to the nearest, at least one."""
        return max(1, round(duration_s * self.flow_fps))

    def event_frames(self, duration_s: float) -> int:
        """Values of an event curve in `duration_s` seconds, to the nearest, at least one."""
        return max(1, round(duration_s * self.event_hz))

    def semantic_frames(self, duration_s: float) -> int:
        """Semantic tokens in `duration_s` seconds, to the nearest."""
        return round(duration_s * self.semantic_hz)

    def acoustic_frames(self, duration_s: float) -> int:
        """Acoustic frames in `duration_s` seconds, to the nearest."""
        return round(duration_s * self.acoustic_hz)

    def fingerprint_of_tokens(self) -> dict[str, int]:
        """The rates and codebooks that a checkpoint of tokens is made for; another set of them is refused."""
        names = (
            "sample_rate_hz",
            "semantic_hz",
            "acoustic_hz",
            "semantic_vocab",
            "acoustic_vocab",
            "acoustic_levels",
            "coarse_levels",
        )
        return {name: getattr(self, name) for name in names}
