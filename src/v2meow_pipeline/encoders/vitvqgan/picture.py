"""Plot of image reconstructions from visual tokens."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import UInt8

from v2meow_pipeline.atomic import atomic_path
from v2meow_pipeline.encoders.vitvqgan.encoder import to_images
from v2meow_pipeline.encoders.vitvqgan.losses import psnr_db
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN

PAIRS_PER_ROW = 4
INCHES = 1.6


def reconstruction_picture(network: ViTVQGAN, frames: UInt8[np.ndarray, "n size size 3"], path: Path) -> None:
    """Saves frames next to their reconstructions from tokens, with PSNR.

    Args:
        network: network in evaluation mode.
        frames: RGB frames of the network's image size.
        path: PNG file to write; written atomically.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    images = to_images(frames)
    with torch.inference_mode():
        made = network.decode(network.encode(images))
        quality = psnr_db(made, images)
    columns = 2 * min(PAIRS_PER_ROW, len(frames))
    rows = -(-2 * len(frames) // columns)
    figure = Figure(figsize=(INCHES * columns, (INCHES + 0.2) * rows), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(rows, columns, squeeze=False).ravel()
    for axis in axes:
        axis.set_axis_off()
    for index, pair in enumerate(zip(images, made, strict=True)):
        for axis, picture, title in zip(
            axes[2 * index :], pair, ("original", f"{float(quality[index]):.1f} dB"), strict=False
        ):
            axis.imshow(picture.permute(1, 2, 0).numpy(), interpolation="nearest")
            axis.set_title(title, fontsize=8)
    with atomic_path(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
