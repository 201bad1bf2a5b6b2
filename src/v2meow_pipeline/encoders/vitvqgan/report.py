"""How good visual tokens are: what they keep of the picture, and how much of the codebook is in use."""

from collections.abc import Iterable

import numpy as np
import torch
from jaxtyping import UInt8

from v2meow_pipeline.encoders.vitvqgan.encoder import to_images
from v2meow_pipeline.encoders.vitvqgan.losses import psnr_db
from v2meow_pipeline.encoders.vitvqgan.network import ViTVQGAN


def reconstruction_report(network: ViTVQGAN, clips: Iterable[UInt8[np.ndarray, "_ size size 3"]]) -> dict[str, float]:
    """Figures of a network on frames that it was not trained on.

    Args:
        network: in evaluation mode.
        clips: the frames of each clip.

    Returns:
        `psnr_db`, mean over frames; `psnr_db_of_mean`, of the mean colour of each frame in place of the
        reconstruction: the floor that tokens must leave; `perplexity`, how many codes are in use in effect, 1 to
        `codes`; `dead_share`, codes that never occur; `tokens`, how many were counted: few of them leave codes unused.
    """
    counts = torch.zeros(network.config.quantizer.codes, dtype=torch.float64)
    errors: list[torch.Tensor] = []
    floors: list[torch.Tensor] = []
    with torch.inference_mode():
        for clip in clips:
            images = to_images(clip)
            tokens = network.encode(images)
            counts += torch.bincount(tokens.flatten(), minlength=len(counts))
            errors.append(psnr_db(network.decode(tokens), images))
            floors.append(psnr_db(images.mean(dim=(2, 3), keepdim=True).expand_as(images), images))
    share = counts / counts.sum()
    return {
        "psnr_db": float(torch.cat(errors).mean()),
        "psnr_db_of_mean": float(torch.cat(floors).mean()),
        "perplexity": float(torch.exp(torch.special.entr(share).sum())),
        "dead_share": float((counts == 0).double().mean()),
        "tokens": float(counts.sum()),
    }
