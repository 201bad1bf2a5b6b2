"""I3D on optical flow behind the `VisualEncoder` interface."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME, read_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.encoders.i3d.config import PUBLISHED, I3dFlowConfig
from v2meow_pipeline.encoders.i3d.network import I3d, channels_last
from v2meow_pipeline.encoders.i3d.pictures import REVISION as PICTURES_REVISION
from v2meow_pipeline.encoders.i3d.pictures import as_input, flow_pictures, frame_spec
from v2meow_pipeline.encoders.i3d.published import load_published
from v2meow_pipeline.encoders.image import check_count
from v2meow_pipeline.errors import StaleError
from v2meow_pipeline.media.decode import SampledFrames
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import weights_fingerprint

KIND = "i3d_flow"
REVISION = "i3d_flow-1"


class I3dFlow:
    """Frozen I3D on optical flow.

    The network processes the whole window at once, so each row also depends on about two seconds on each side.

    Attributes:
        name: "i3d_flow".
        width: feature width of the checkpoint's config; 1,024 with published weights.
        fingerprint: fingerprint of the weights, the flow images and their rate.
        frames: gray frames at the flow rate.
    """

    name = KIND

    def __init__(self, clock: Clock, weights: Path) -> None:
        """Loads the weights.

        Args:
            clock: flow and visual frame rates.
            weights: checkpoint directory of this project, or a file of published weights (`published.FILES`).

        Raises:
            V2MeowError: if the weights are missing or of another network.
            StaleError: if they were trained on flow at another rate.
        """
        if weights.is_dir():
            network = load_network(weights, KIND, I3dFlowConfig, lambda config: I3d(config.network))
            self._config = I3dFlowConfig.parse(read_config(weights)["model"])
            weights_hash = weights_fingerprint(REVISION, weights / WEIGHTS_NAME, weights / CONFIG_NAME)
        else:
            self._config, network = PUBLISHED, load_published(weights)
            weights_hash = weights_fingerprint(REVISION, weights)
        _check_rate(weights, int(network.flow_fps), clock.flow_fps)
        self._network = freeze(channels_last(network))
        self.width = network.width
        self.frames = frame_spec(self._config.flow, clock)
        self.fingerprint = fingerprint(weights_hash, PICTURES_REVISION, clock.flow_fps)
        self._frames_per_row = clock.flow_fps / clock.visual_fps

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """Computes the features of each visual frame by average pooling of the last feature maps.

        Args:
            frames: gray frames of the whole window at the flow rate.
            t_visual: number of visual frames in the window.

        Returns:
            Features, float32, non-negative.

        Raises:
            ConfigError: if the number of frames does not match `t_visual`.
        """
        if abs(len(frames.images) - t_visual * self._frames_per_row) > self._frames_per_row / 2:
            check_count(self.name, frames, round(t_visual * self._frames_per_row))
        pictures = torch.from_numpy(flow_pictures(frames, self.frames.fps, self._config.flow))
        return infer(self._network, self._network.features, as_input(pictures[None]), t_visual)[0].numpy()


def _check_rate(weights: Path, trained_fps: int, flow_fps: int) -> None:
    if trained_fps not in (0, flow_fps):
        raise StaleError(
            f"{weights} was trained on flow at {trained_fps} frames a second, not {flow_fps}.",
            "Train it again with the current clock.",
        )
