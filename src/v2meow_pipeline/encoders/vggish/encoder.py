"""VGGish as a judge: 128-dimensional embeddings of windows of 0.96 s, in the variants used for published FADs.

Embeddings are used without PCA. Published implementations differ in the last ReLU: Google's code (tensorflow/models)
had it in 2017 but no longer in 2021, and its README now calls the embeddings "pre-activation"; the package
frechet-audio-distance omits it, and unmodified torchvggish has it. Windows and level normalisation differ too. So each
variant is a judge with its own name and metric key:

| name | last ReLU | windows | level | implementation |
|---|---|---|---|---|
| `vggish` | no | 0.96 s, contiguous | unchanged | the package frechet-audio-distance |
| `vggish_relu` | yes | 0.96 s, contiguous | unchanged | torchvggish, unmodified |
| `vggish_google` | no | first 0.96 s of each second, every 0.5 s | divided by its peak, gain <= 10 | google-research |

The last is google-research's frechet_audio_distance with current tensorflow/models; it divides by the highest sample,
not by the largest magnitude. It is not known whether its paper (Kilgour et al. 2019) still used the ReLU.
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
    """Variant of the embedding.

    Attributes:
        hop_frames: hop between windows, in frames of 10 ms.
        span_samples: number of samples required for a window.
        by_peak: whether to divide the waveform by its highest sample (at least 0.1).
        rectified: whether to apply the last ReLU.
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
    """Frozen VGGish; implements `AudioJudge`.

    Attributes:
        name: name of the variant.
        width: 128.
        fingerprint: fingerprint of weights, variant and preprocessing.
        sample_rate_hz: 16,000.
    """

    width = WIDTH
    sample_rate_hz = SAMPLE_RATE_HZ

    def __init__(self, name: str = "vggish", folder: Path | None = None) -> None:
        """Loads the weights.

        Args:
            name: a key of `VARIANTS`.
            folder: directory with one of `published.FILES`; None uses `vggish` in the models folder (see
                `models_folder`).

        Raises:
            ConfigError: if the variant is unknown.
            MissingModelError: if the directory does not contain the weights.
        """
        self.name, self.fingerprint = name, vggish_fingerprint(name, folder)
        self._variant = VARIANTS[name]
        file = published_file(folder)
        self._network = _network(file, weights_fingerprint(REVISION, file))

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window 128"]:
        """Computes the embeddings of a waveform; see the table above for the windows.

        Args:
            wave: mono waveform in [-1, 1] at 16 kHz; padded with silence to one window. An incomplete window at the end
                is ignored.

        Returns:
            Embeddings, float32, one row per window.
        """
        examples = torch.from_numpy(log_mel_examples(wave, self._variant).copy())
        rows = torch.cat([infer(self._network, self._network, part) for part in examples.split(BATCH)])
        return (rows.relu() if self._variant.rectified else rows).numpy()


@lru_cache(maxsize=1)
def _network(file: Path, _weights: str) -> VggishNetwork:
    """Cached network (289 MB), shared by all variants."""
    return freeze(load_published(file))


def log_mel_examples(wave: Float[np.ndarray, " samples"], variant: Variant) -> Float[np.ndarray, "window 96 64"]:
    """Computes the network's inputs for a waveform.

    Args:
        wave: mono waveform in [-1, 1] at 16 kHz, of any length.
        variant: variant, which determines windows and level.

    Returns:
        Log-mel windows, float32; at least one.
    """
    span, hop = variant.span_samples, variant.hop_frames
    padded = np.pad(np.asarray(wave, np.float64), (0, max(0, span - len(wave))))
    if variant.by_peak:
        padded = padded / max(LEAST_PEAK, padded.max())
    windows = np.lib.stride_tricks.sliding_window_view(log_mel(padded), (FRAMES, BANDS))[::hop, 0]
    return windows[: 1 + (len(padded) - span) // (hop * HOP_SAMPLES)]


def vggish_fingerprint(name: str, folder: Path | None = None) -> str:
    """Fingerprint of a variant with the weights in a folder, without loading them.

    Args:
        name: a key of `VARIANTS`.
        folder: directory of the weights (see `Vggish`).

    Returns:
        Fingerprint, 16 hex digits.

    Raises:
        ConfigError: if the variant is unknown.
        MissingModelError: if the directory does not contain the weights.
    """
    if name not in VARIANTS:
        raise ConfigError(f"VGGish has no variant {name!r}.", f"Choose one of {', '.join(VARIANTS)}.")
    return weights_fingerprint(f"{REVISION}/{name}", published_file(folder))
