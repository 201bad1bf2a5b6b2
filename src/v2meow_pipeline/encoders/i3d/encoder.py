"""I3D on optical flow behind the `VisualEncoder` protocol: the movement of each second, in the movement around it."""

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
    """The frozen network.

    Flow is measured over the whole window and seen whole, so each row knows the seconds around it (two on either
    side), as far as the window has them.

    Attributes:
        name: "i3d_flow".
        width: 1,024 with published weights, otherwise as the checkpoint's config says.
        fingerprint: of the weights, the flow and its rate.
        frames: gray frames at flow rate.
    """

    name = KIND

    def __init__(self, clock: Clock, weights: Path) -> None:
        """Loads the weights.

        Args:
            clock: gives the frame rate.
            weights: a checkpoint trained here, or a file of published weights (`published.FILES`).

        Raises:
            V2MeowError: when there are none, or they are of another network.
            StaleError: when they were trained on flow at another rate.
        """
        if weights.is_dir():
            network = load_network(weights, KIND, I3dFlowConfig, lambda config: I3d(config.network))
            self._config = I3dFlowConfig.parse(read_config(weights)["model"])
            made_of = weights_fingerprint(REVISION, weights / WEIGHTS_NAME, weights / CONFIG_NAME)
        else:
            self._config, network = PUBLISHED, load_published(weights)
            made_of = weights_fingerprint(REVISION, weights)
        _check_rate(weights, int(network.flow_fps), clock.flow_fps)
        self._network = freeze(channels_last(network))
        self.width = network.width
        self.frames = frame_spec(self._config.flow, clock)
        self.fingerprint = fingerprint(made_of, PICTURES_REVISION, clock.flow_fps)
        self._frames_per_row = clock.flow_fps / clock.visual_fps

    def encode(self, frames: SampledFrames, t_visual: int) -> Float[np.ndarray, "{t_visual} width"]:
        """The features of each visual frame: means over its steps of the last feature maps.

        Args:
            frames: gray frames of the whole window at flow rate.
            t_visual: visual frames in the window.

        Returns:
            float32, non-negative.

        Raises:
            ConfigError: when the number of frames does not fit `t_visual`.
        """
        if abs(len(frames.images) - t_visual * self._frames_per_row) > self._frames_per_row / 2:
            check_count(self.name, frames, round(t_visual * self._frames_per_row))
        pictures = torch.from_numpy(flow_pictures(frames, self.frames.fps, self._config.flow))
        return infer(self._network, self._network.features, as_input(pictures[None]), t_visual)[0].numpy()


def _check_rate(weights: Path, trained_fps: int, flow_fps: int) -> None:
    if trained_fps not in (0, flow_fps):
        raise StaleError(
            f"{weights} was trained on flow at {trained_fps} frames a second, not {flow_fps}.",
            "Train it again for this clock.",
        )
