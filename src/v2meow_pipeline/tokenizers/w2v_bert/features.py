"""Hidden layer of the trained w2v-BERT as frame features."""

from pathlib import Path

import numpy as np
import torch
from jaxtyping import Float

from v2meow_pipeline.checkpoint import fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.tokenizers.features import FeatureGroup
from v2meow_pipeline.tokenizers.hidden_layer import choose_layer, in_windows
from v2meow_pipeline.tokenizers.w2v_bert.network import KIND, load_w2v_bert

REVISION = "w2v_bert-1"


class W2vBertFeatures:
    """The paper's features: a hidden layer of w2v-BERT; implements `FrameFeatures`.

    Attributes:
        name: "w2v_bert".
        fingerprint: fingerprint of the network and the layer.
        groups: a single group of all columns.
        layer: layer of the masked-prediction module, counted from 1.
    """

    name = KIND

    def __init__(self, clock: Clock, folder: Path, layer: int | None = None) -> None:
        """Loads the network.

        Args:
            clock: required clock.
            folder: checkpoint directory written by training.
            layer: layer, counted from 1; None selects the relative depth of the paper's layer 7 of 12.

        Raises:
            MissingModelError: if the network has not been trained; V2MeowError if the checkpoint is damaged or of
                another kind, StaleError if it was made for another clock.
        """
        if not folder.is_dir():
            raise MissingModelError(
                f"There is no trained w2v-BERT in {folder}.", f"Train {KIND}, or choose `features: music`."
            )
        self._network = freeze(load_w2v_bert(folder, clock))
        self.layer = choose_layer(layer, self._network.config.masked_layers, KIND)
        self.fingerprint = fingerprint(REVISION, fingerprint_of(folder), self.layer)
        self.groups: tuple[FeatureGroup, ...] = (FeatureGroup(KIND, 0, self._network.config.width, 1.0),)
        self._hop, self._token_hz = clock.sample_rate_hz // clock.semantic_hz, clock.semantic_hz

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Computes the layer's output for `t` frames."""
        if t == 0:
            return np.zeros((0, self.groups[0].stop), np.float32)
        return in_windows(self._frames, wave, t, self._hop, self._token_hz)

    def _frames(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        return infer(self._network, self._network.features, torch.from_numpy(wave)[None], self.layer)[0].numpy()
