"""Deployments of Ray Serve: each replica holds one network; import only while a Ray session is open.

Only the stages compute several requests at once: their rows do not depend on the batch. Encoders and decoders of sound
round differently in batches of other sizes, so they compute one window or piece at a time.
"""

import asyncio
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from ray import serve
from torch import Tensor

from v2meow_pipeline.composer import composer_of
from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.takes import likelihood_gain
from v2meow_pipeline.executors.ray.serving.batches import (
    RefineRequest,
    WindowRequest,
    count_rows,
    decode_together,
    refine_together,
)
from v2meow_pipeline.executors.ray.serving.loopback import listen_on_loopback
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.models.decoding import ROWS

# Time for which a stage waits for further requests before it decodes.
WAIT_S = 0.05


def _bundle(folder: Path) -> Bundle:
    listen_on_loopback()
    torch.set_num_threads(1)
    return Bundle.load(folder, composer_of(folder))


class StageReplica:
    """Samples tokens of one stage for all clients together."""

    def __init__(self, folder: Path, name: str) -> None:
        """Loads the stage.

        Args:
            folder: folder of the models.
            name: output stream of the stage, such as "semantic".
        """
        self._model = _bundle(folder).stages[name]

    @serve.batch(max_batch_size=ROWS, batch_wait_timeout_s=WAIT_S, batch_size_fn=count_rows)
    async def decode(self, requests: list[WindowRequest]) -> list[Tensor]:
        """Samples the tokens of windows; called with single requests."""
        return await asyncio.to_thread(decode_together, self._model, requests)

    @serve.batch(max_batch_size=ROWS, batch_wait_timeout_s=WAIT_S, batch_size_fn=count_rows)
    async def refine(self, requests: list[RefineRequest]) -> list[Tensor]:
        """Samples tokens of the fine stage; called with single requests."""
        return await asyncio.to_thread(refine_together, self._model, requests)

    async def likelihood_gain(self, conditions: Mapping[str, Tensor], tokens: Tensor) -> np.ndarray:
        """See `takes.likelihood_gain`; a batch of several requests would round differently."""
        return await asyncio.to_thread(likelihood_gain, self._model, conditions, tokens)


class EncoderReplica:
    """Encodes the frames of windows."""

    def __init__(self, folder: Path) -> None:
        """Loads the visual encoders.

        Args:
            folder: folder of the models.
        """
        self._encoders = _bundle(folder).visual_encoders()

    def encode(self, name: str, frames: SampledFrames, rows: int) -> np.ndarray:
        """See `VisualEncoder.encode`; the encoder is given by its name."""
        return self._encoders[name].encode(frames, rows)


class CodecReplica:
    """Decodes codes to sound."""

    def __init__(self, folder: Path) -> None:
        """Loads the codec and its decoder.

        Args:
            folder: folder of the models.
        """
        self._codec = _bundle(folder).codec

    def decode(self, codes: np.ndarray, seed: int) -> np.ndarray:
        """See `Codec.decode`."""
        return self._codec.decode(codes, seed)
