"""Hidden layers of pretrained speech networks with user-provided weights, pooled to the semantic token rate.

The networks are from transformers and have one frame per 20 ms. Waveforms are reflection-padded so that a network
returns a whole number of frames per token, centred on the token's samples.
"""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint
from v2meow_pipeline.tokenizers.features import FeatureGroup
from v2meow_pipeline.tokenizers.hidden_layer import choose_layer, in_windows

SAMPLE_RATE_HZ, FRAME_SAMPLES = 16_000, 320
WEIGHTS, CONFIG, PREPROCESSOR = "model.safetensors", "config.json", "preprocessor_config.json"
REVISION = "pretrained_features-1"


class PretrainedFeatures:
    """Hidden layer of a frozen network; implements `FrameFeatures`, and subclasses supply the network.

    Attributes:
        name: name of the features in the configuration.
        folder_name: name of the folder in the models folder.
        download: description and size of the files to put there, for error messages.
        window_samples: receptive field in samples of the network's 20 ms frames.
        input_name: name of the network's input.
        fingerprint: fingerprint of weights, config, preprocessing and layer.
        groups: a single group of all columns.
        layer: hidden layer, counted from 1.
    """

    name: str
    folder_name: str
    download: str
    window_samples: int
    input_name: str

    def __init__(self, clock: Clock, folder: Path | None = None, layer: int | None = None) -> None:
        """Loads the weights.

        Args:
            clock: sample rate and token rate.
            folder: directory with `config.json`, `model.safetensors` and `preprocessor_config.json` in transformers
                format; None uses `folder_name` in the models folder (see `models_folder`).
            layer: hidden layer, counted from 1; None selects the relative depth of the paper's layer 7 of 12.

        Raises:
            MissingModelError: if the directory does not contain the weights.
            ConfigError: if the clock's rates do not match the network's, or there is no such layer.
        """
        if clock.sample_rate_hz != SAMPLE_RATE_HZ or (SAMPLE_RATE_HZ // clock.semantic_hz) % FRAME_SAMPLES:
            raise ConfigError(
                f"{self.name} has 50 frames per second at 16,000 Hz, which does not match "
                f"{clock.semantic_hz} tokens per second at {clock.sample_rate_hz} Hz.",
                "Choose other features, or set the clock to 16,000 Hz and a semantic rate that divides 50.",
            )
        folder = folder or models_folder() / self.folder_name
        files = (CONFIG, WEIGHTS, PREPROCESSOR)
        require_files(folder, files, self.name, self.folder_name, self.download, "choose `features: music`")
        self._extractor, network = self._load(folder)
        self._network = freeze(network)
        sizes = self._network.config
        self.layer = choose_layer(layer, sizes.num_hidden_layers, self.name)
        self.fingerprint = fingerprint(
            self.name, weights_fingerprint(REVISION, *(folder / name for name in files)), self.layer
        )
        self.groups: tuple[FeatureGroup, ...] = (FeatureGroup(self.name, 0, sizes.hidden_size, 1.0),)
        self._hop, self._token_hz = SAMPLE_RATE_HZ // clock.semantic_hz, clock.semantic_hz

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """Computes the mean hidden state within each of `t` tokens.

        Preprocessing normalises each window that the network processes, which is the whole clip if it fits.
        """
        if t == 0:
            return np.zeros((0, self.groups[0].stop), np.float32)
        return in_windows(self._frames, wave, t, self._hop, self._token_hz)

    def _frames(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        margin = (self.window_samples - FRAME_SAMPLES) // 2
        padded = np.pad(wave, (margin, margin), mode="reflect")
        inputs = self._extractor(padded, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt")[self.input_name]
        hidden = infer(self._network, self._hidden, inputs).numpy()
        return hidden.reshape(t, len(hidden) // t, -1).mean(1)

    def _hidden(self, inputs: Tensor) -> Tensor:
        return self._network(inputs, output_hidden_states=True).hidden_states[self.layer][0]

    def _load(self, folder: Path) -> tuple[Any, Any]:
        """Loads the feature extractor and the network in float32; defined by subclasses."""
        raise TypeError(f"{type(self).__name__} does not define _load().")
