"""Spectrogram plots of codec reconstructions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.log_mel import magnitudes

WINDOW, HOP = 1024, 256
DECIBELS = (-110.0, -20.0)


def reconstruction_picture(
    tokenizer: Codec, wave: Float[np.ndarray, " n"], path: Path, levels: Sequence[int] = (4, 12)
) -> None:
    """Saves spectrograms of a waveform and of its reconstructions.

    Args:
        tokenizer: the codec.
        wave: samples at the codec's sample rate.
        path: PNG file to write; written atomically.
        levels: number of levels of each reconstruction.
    """
    codes = tokenizer.encode(wave)
    counts = [min(level, tokenizer.clock.acoustic_levels) for level in levels]
    waves = {"original": wave} | {f"{count} levels": tokenizer.decode(codes[:count]) for count in counts}
    save_spectrograms(waves, tokenizer.clock.sample_rate_hz, path)


def save_spectrograms(waves: dict[str, np.ndarray], sample_rate_hz: int, path: Path) -> None:
    """Saves a vertical stack of spectrograms with a common dBFS scale.

    Args:
        waves: samples by title, not empty.
        sample_rate_hz: sample rate of all waveforms.
        path: PNG file to write; written atomically.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 2.6 * len(waves)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(waves), 1, sharex=True, squeeze=False)[:, 0]
    for axis, (title, wave) in zip(axes, waves.items(), strict=True):
        image = draw_spectrogram(axis, wave, sample_rate_hz)
        axis.set_title(title)
    axes[-1].set_xlabel("seconds")
    figure.colorbar(image, ax=list(axes), label="dB below full scale", shrink=0.6)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")


def draw_spectrogram(axis: Any, wave: np.ndarray, sample_rate_hz: int) -> Any:
    """Draws a spectrogram in dBFS, with time in seconds and frequency in kHz.

    Args:
        axis: Matplotlib axes.
        wave: samples, not empty.
        sample_rate_hz: sample rate of the waveform.

    Returns:
        Matplotlib image, for a colour bar.
    """
    spectra = magnitudes(wave, max(1, len(wave) // HOP), WINDOW, HOP)
    extent = (0.0, len(wave) / sample_rate_hz, 0.0, sample_rate_hz / 2000)
    low, high = DECIBELS
    axis.set_ylabel("kHz")
    levels = 20 * np.log10(spectra.T + 1e-6)
    return axis.imshow(levels, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=low, vmax=high)
