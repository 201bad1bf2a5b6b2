"""Composer whose networks are deployments of Ray Serve; import only while a Ray session is open."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from v2meow_pipeline.composer import Composer
from v2meow_pipeline.composer.bundle import Bundle
from v2meow_pipeline.composer.config import ComposerConfig
from v2meow_pipeline.encoders.base import AnyVisualEncoder
from v2meow_pipeline.executors.ray.serving.batches import RefineRequest, WindowRequest
from v2meow_pipeline.executors.ray.serving.calls import Part
from v2meow_pipeline.executors.ray.serving.names import CODEC, ENCODERS, application
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.seeding import derive_seed


class RemoteComposer(Composer):
    """Composer that samples tokens, encodes frames and decodes sound in the replicas of its models."""

    def __init__(self, bundle: Bundle, config: ComposerConfig, group: str) -> None:
        """Finds the deployments.

        Args:
            bundle: the models; their sizes and names are used here, and their networks in the replicas.
            config: sampling configuration.
            group: name of the models' deployments (names.py).
        """
        codec: Any = RemoteCodec(bundle.codec, Part(application(group, CODEC)))
        super().__init__(dataclasses.replace(bundle, codec=codec), config)
        self._local, self._group = bundle, group
        self._stages = {name: Part(application(group, name)) for name in bundle.stages}

    def with_config(self, config: ComposerConfig) -> "RemoteComposer":
        """See `Composer.with_config`."""
        return RemoteComposer(self._local, config, self._group)

    def visual_encoders(self) -> dict[str, AnyVisualEncoder]:
        """See `Composer.visual_encoders`."""
        found = super().visual_encoders()
        part = Part(application(self._group, ENCODERS))
        remote: dict[str, Any] = {name: RemoteEncoder(local, part) for name, local in found.items()}
        return remote

    def decode(
        self,
        model: StageModel,
        conditions: Mapping[str, Tensor],
        seeds: Sequence[int],
        t: int,
        prefix: Tensor | None = None,
        label: str | None = None,
    ) -> Tensor:
        """See `Composer.decode`."""
        request = WindowRequest(dict(conditions), list(seeds), t, self.config.of(model.spec.name), prefix)
        tokens: Tensor = self._stages[model.spec.output].call("decode", request, label=label)
        return tokens

    def refine(self, coarse: Tensor, seeds: Sequence[int]) -> Tensor:
        """See `Composer.refine`."""
        block = token_frames("fine", self.clock, self.bundle.stages["fine"].crop_s)
        derived = [derive_seed(seed, "fine") for seed in seeds]
        request = RefineRequest(coarse, derived, block, self.config.of("fine"))
        tokens: Tensor = self._stages["fine"].call("refine", request, label="fine tokens")
        return tokens

    def likelihood_gain(self, model: StageModel, conditions: Mapping[str, Tensor], tokens: Tensor) -> np.ndarray:
        """See `Composer.likelihood_gain`."""
        gain: np.ndarray = self._stages[model.spec.output].call("likelihood_gain", dict(conditions), tokens)
        return gain


class RemoteEncoder:
    """Visual encoder that encodes in a replica; its sizes are those of the local one."""

    def __init__(self, local: AnyVisualEncoder, part: Part) -> None:
        self._local, self._part = local, part

    def __getattr__(self, name: str) -> Any:
        """Attribute of the local encoder, such as its width."""
        return getattr(self._local, name)

    def encode(self, frames: SampledFrames, rows: int) -> np.ndarray:
        """See `VisualEncoder.encode`."""
        features: np.ndarray = self._part.call("encode", self._local.name, frames, rows)
        return features


class RemoteCodec:
    """Codec that decodes in a replica."""

    def __init__(self, local: Any, part: Part) -> None:
        self._local, self._part = local, part

    def __getattr__(self, name: str) -> Any:
        """Attribute of the local codec, such as its clock."""
        return getattr(self._local, name)

    def decode(self, codes: np.ndarray, seed: int = 0) -> np.ndarray:
        """See `Codec.decode`."""
        wave: np.ndarray = self._part.call("decode", codes, seed)
        return wave
