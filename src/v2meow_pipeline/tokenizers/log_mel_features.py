"""Log-mel spectra as frame features, the baseline for other features."""

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.features import FeatureGroup
from v2meow_pipeline.tokenizers.log_mel import LogMel

BANDS = 80
WINDOW_HOPS = 2
FLOOR = 1e-4


class LogMelFeatures:
    """One log-mel spectrum per token; implements `FrameFeatures`.

    Attributes:
        name: "log_mel".
        fingerprint: revision of the features.
        groups: a single group of 80 bands.
    """

    name = "log_mel"
    fingerprint = "log_mel-1"
    groups: tuple[FeatureGroup, ...] = (FeatureGroup("bands", 0, BANDS, 1.0),)

    def __init__(self, clock: Clock) -> None:
        """Creates the transform, with windows of two tokens.

        Args:
            clock: frame rates.
        """
        hop = clock.sample_rate_hz // clock.semantic_hz
        self._log_mel = LogMel(BANDS, WINDOW_HOPS * hop, hop, clock.sample_rate_hz, FLOOR)

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Computes `t` frames, in log10 of magnitude."""
        return self._log_mel(wave, t)
