"""Rates of all streams, and conversions from durations to lengths (paper, section "Clocks").

All streams of a clip share one time axis that starts at the beginning of the clip. Each stream has a rate; all lengths
are derived from durations here, so that rounding is the same everywhere.
"""

from functools import cached_property

from pydantic import model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError


class Clock(Config):
    """Rates of all streams, and the lengths derived from them.

    Attributes:
        sample_rate_hz: sample rate of the mono waveform, Hz.
        clip_s: duration of one training example, s.
        visual_fps: frame rate of the image encoders' input and of visual features, Hz.
        flow_fps: frame rate at which optical flow is computed, Hz.
        event_hz: rate of event curves, Hz (encoders/event_curves.py).
        semantic_hz: rate of semantic tokens, Hz.
        acoustic_hz: rate of acoustic frames, Hz; each frame has `acoustic_levels` tokens.
        semantic_vocab: number of semantic tokens (k-means centres).
        acoustic_vocab: number of codes in each residual codebook.
        acoustic_levels: number of residual codebooks.
        coarse_levels: number of residual codebooks, from the first, predicted by the coarse stage; the fine stage
            predicts the rest.
        mel_frames: log-mel frames per acoustic frame, for codecs and vocoders on log-mel frames.
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
                "The acoustic rate must divide the sample rate, and the semantic rate must divide the acoustic rate.",
            )
        if self.mel_frames < 1 or self.hop_samples % self.mel_frames:
            raise ConfigError(
                f"{self.mel_frames} log-mel frames do not divide the {self.hop_samples} samples of an acoustic frame.",
                "Choose a value of mel_frames that divides them.",
            )
        if not 0 < self.coarse_levels < self.acoustic_levels:
            raise ConfigError(
                f"{self.coarse_levels} coarse of {self.acoustic_levels} acoustic levels leave no levels to a stage.",
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
        """Rates and codebook sizes that must match between a checkpoint and the clock that it is loaded with."""
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
