"""Quality metrics of visual tokens: reconstruction and codebook usage."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import UInt8

from v2meow_pipeline.encoders.vitvqgan.encoder import to_images
from v2meow_pipeline.encoders.vitvqgan.losses import psnr_db
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN
from v2meow_pipeline.networks.code_usage import perplexity


def reconstruction_report(network: ViTVQGAN, clips: Iterable[UInt8[np.ndarray, "_ size size 3"]]) -> dict[str, float]:
    """Computes metrics of a network on held-out frames.

    Args:
        network: network in evaluation mode.
        clips: frames of each clip.

    Returns:
        `psnr_db`, averaged over frames; `psnr_db_of_mean`, the PSNR of the mean colour of each frame, as a baseline;
        `perplexity` of the codes, 1 to `codes`; `dead_share`, the fraction of codes that never occur; `tokens`, the
        number of tokens (few tokens cannot use all codes).
    """
    counts = torch.zeros(network.config.quantizer.codes, dtype=torch.float64)
    errors: list[torch.Tensor] = []
    baselines: list[torch.Tensor] = []
    with torch.inference_mode():
        for clip in clips:
            images = to_images(clip)
            tokens = network.encode(images)
            counts += torch.bincount(tokens.flatten(), minlength=len(counts))
            errors.append(psnr_db(network.decode(tokens), images))
            baselines.append(psnr_db(images.mean(dim=(2, 3), keepdim=True).expand_as(images), images))
    frequencies = counts / counts.sum()
    return {
        "psnr_db": float(torch.cat(errors).mean()),
        "psnr_db_of_mean": float(torch.cat(baselines).mean()),
        "perplexity": float(perplexity(frequencies)),
        "dead_share": float((counts == 0).double().mean()),
        "tokens": float(counts.sum()),
    }
