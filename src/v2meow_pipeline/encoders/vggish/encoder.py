"""VGGish as a judge: 128 numbers per window of 0.96 s, in the variants that published Frechet distances were made with.

Embeddings are taken without PCA. Whether the last ReLU is in differs between published distances: Google's code
(tensorflow/models) had it in 2017, had it no more by 2021, and its README now calls embeddings "pre-activation"; the
package frechet-audio-distance leaves it out, torchvggish as it is keeps it. Windows and loudness differ too. So each
variant is a judge with a name, and a key, of its own:

| name | last ReLU | windows | loudness | whose |
|---|---|---|---|---|
| `vggish` | out | 0.96 s, adjoining | as it is | the package frechet-audio-distance |
| `vggish_relu` | in | 0.96 s, adjoining | as it is | torchvggish unchanged |
| `vggish_google` | out | the first 0.96 s of each second, every 0.5 s | over its peak, at most x 10 | google-research |

The last is google-research's frechet_audio_distance over today's tensorflow/models; it divides by the highest sample,
not by the largest magnitude. Whether its paper (Kilgour et al. 2019) still had the ReLU is not known.
"""

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.encoders.vggish.log_mel import BANDS, HOP_SAMPLES, SAMPLE_RATE_HZ, WINDOW_SAMPLES, log_mel
from v2meow_pipeline.encoders.vggish.network import FRAMES, WIDTH, VggishNetwork
from v2meow_pipeline.encoders.vggish.published import load_published, published_file
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import weights_fingerprint

REVISION = "vggish-1"
EXAMPLE_SAMPLES = WINDOW_SAMPLES + (FRAMES - 1) * HOP_SAMPLES
LEAST_PEAK = 0.1
BATCH = 16


class Variant(NamedTuple):
    """How embeddings are taken.

    Attributes:
        hop_frames: between windows, of 10 ms.
        span_samples: of the wave that have to be there for a window.
        by_peak: whether the wave is divided by its highest sample, or by 0.1 where that is lower.
        rectified: whether the last ReLU is in.
    """

    hop_frames: int
    span_samples: int
    by_peak: bool
    rectified: bool


VARIANTS = {
    "vggish": Variant(FRAMES, EXAMPLE_SAMPLES, by_peak=False, rectified=False),
    "vggish_relu": Variant(FRAMES, EXAMPLE_SAMPLES, by_peak=False, rectified=True),
    "vggish_google": Variant(50, SAMPLE_RATE_HZ, by_peak=True, rectified=False),
}


class Vggish:
    """The frozen network behind the `AudioJudge` protocol.

    Attributes:
        name: of the variant.
        width: 128.
        fingerprint: of the weights, the variant and the preprocessing.
        sample_rate_hz: 16,000.
    """

    width = WIDTH
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, name: str = "vggish", folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            name: a key of `VARIANTS`.
            folder: holds one of `published.FILES`; None looks for `vggish` in the models folder (see `models_folder`).

        Raises:
            ConfigError: for a variant that there is not.
            MissingModelError: when the folder has no such weights.
        """
        self.name, self.fingerprint = name, vggish_fingerprint(name, folder)
        self._variant = VARIANTS[name]
        file = published_file(folder)
        self._network = _network(file, weights_fingerprint(REVISION, file))

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window 128"]:
        """The embeddings of a waveform; see the table above for windows.

        Args:
            wave: mono, in [-1, 1], 16 kHz; shorter than a window, it is followed by silence. What remains at the end,
                less than a window, is not read.

        Returns:
            float32, a row per window.
        """
        examples = torch.from_numpy(log_mel_examples(wave, self._variant).copy())
        rows = torch.cat([infer(self._network, self._network, part) for part in examples.split(BATCH)])
        return (rows.relu() if self._variant.rectified else rows).numpy()


@lru_cache(maxsize=1)
def _network(file: Path, _weights: str) -> VggishNetwork:
    """All variants share one: it has 289 MB."""
    return freeze(load_published(file))


def log_mel_examples(wave: Float[np.ndarray, " samples"], variant: Variant) -> Float[np.ndarray, "window 96 64"]:
    """What the network sees of a waveform.

    Args:
        wave: mono, in [-1, 1], 16 kHz, of any length.
        variant: decides windows and loudness.

    Returns:
        float32, time before bands; at least one window.
    """
    span, hop = variant.span_samples, variant.hop_frames
    padded = np.pad(np.asarray(wave, np.float64), (0, max(0, span - len(wave))))
    if variant.by_peak:
        padded = padded / max(LEAST_PEAK, padded.max())
    windows = np.lib.stride_tricks.sliding_window_view(log_mel(padded), (FRAMES, BANDS))[::hop, 0]
    return windows[: 1 + (len(padded) - span) // (hop * HOP_SAMPLES)]


def vggish_fingerprint(name: str, folder: Path | None = None) -> str:
    """The fingerprint of a variant with the weights in a folder, without loading them.

    Args:
        name: a key of `VARIANTS`.
        folder: see `Vggish`.

    Returns:
        16 hex digits.

    Raises:
        ConfigError: for a variant that there is not.
        MissingModelError: when the folder has no such weights.
    """
    if name not in VARIANTS:
        raise ConfigError(f"VGGish has no variant {name!r}.", f"Choose one of {', '.join(VARIANTS)}.")
    return weights_fingerprint(f"{REVISION}/{name}", published_file(folder))
