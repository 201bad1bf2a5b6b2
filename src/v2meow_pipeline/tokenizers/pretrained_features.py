"""Hidden layers of speech networks that a person provides, pooled to the rate of semantic tokens.

The networks are those of transformers with a frame each 20 ms. A wave is mirrored at both ends by as much as makes
them give a whole number of frames a token, each set of them centred on the stretch of sound that the token stands for.
"""

from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.networks.device import freeze, infer
from v2meow_pipeline.networks.weights import MODELS_VARIABLE, models_folder, weights_fingerprint
from v2meow_pipeline.tokenizers.features import FeatureGroup
from v2meow_pipeline.tokenizers.hidden_layer import choose_layer, in_windows

SAMPLE_RATE_HZ, FRAME_SAMPLES = 16_000, 320
WEIGHTS, CONFIG, PREPROCESSOR = "model.safetensors", "config.json", "preprocessor_config.json"
REVISION = "pretrained_features-1"


class PretrainedFeatures:
    """A frozen network's hidden layer, behind the `FrameFeatures` protocol; subclasses say which network.

    Attributes:
        name: of the features, as configuration names them.
        folder_name: of the folder in the models folder.
        download: what a person puts there, and how big it is.
        window_samples: sound that the frames of 20 ms reach over, as the network computes them.
        input_name: what the network calls its input.
        fingerprint: of weights, config, preprocessing and layer.
        groups: one, of all columns.
        layer: which hidden layer, counted from 1.
    """

    name: str
    folder_name: str
    download: str
    window_samples: int
    input_name: str

    def __init__(self, clock: Clock, folder: Path | None = None, layer: int | None = None) -> None:
        """Loads the weights.

        Args:
            clock: the one in use.
            folder: `config.json`, `model.safetensors` and `preprocessor_config.json` as transformers writes them; None
                looks for `folder_name` in the models folder (see `models_folder`).
            layer: None is as far up as the paper's 7 of 12.

        Raises:
            MissingModelError: when the folder has no such weights.
            ConfigError: when the clock's rates do not fit the network's, or there is no such layer.
        """
        if clock.sample_rate_hz != SAMPLE_RATE_HZ or (SAMPLE_RATE_HZ // clock.semantic_hz) % FRAME_SAMPLES:
            raise ConfigError(
                f"{self.name} gives 50 frames a second of sound at 16,000 Hz, which does not fit "
                f"{clock.semantic_hz} tokens a second at {clock.sample_rate_hz} Hz.",
                "Choose other features, or 16,000 Hz and a semantic rate that divides 50.",
            )
        folder = folder or models_folder() / self.folder_name
        paths = [folder / name for name in (CONFIG, WEIGHTS, PREPROCESSOR)]
        self._require(folder, paths)
        self._extractor, network = self._load(folder)
        self._network = freeze(network)
        sizes = self._network.config
        self.layer = choose_layer(layer, sizes.num_hidden_layers, self.name)
        self.fingerprint = fingerprint(self.name, weights_fingerprint(REVISION, *paths), self.layer)
        self.groups: tuple[FeatureGroup, ...] = (FeatureGroup(self.name, 0, sizes.hidden_size, 1.0),)
        self._hop, self._token_hz = SAMPLE_RATE_HZ // clock.semantic_hz, clock.semantic_hz

    def compute(self, wave: Float[np.ndarray, " n"], t: int) -> Float[np.ndarray, "t width"]:
        """The mean of the layer's outputs within each of `t` tokens.

        Preprocessing norms each window of sound that the network sees: the clip, where it is no longer than that.
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

    def _require(self, folder: Path, paths: list[Path]) -> None:
        absent = [path.name for path in paths if not path.is_file()]
        if absent:
            raise MissingModelError(
                f"{self.name} is not in {folder}: {' and '.join(absent)} missing.",
                f"Put {self.download} there, or set {MODELS_VARIABLE} to the folder that holds {self.folder_name}, "
                "or choose `features: music`.",
            )

    def _load(self, folder: Path) -> tuple[Any, Any]:
        """What makes the network's inputs of a wave, and the network, frozen, float32."""
        raise TypeError(f"{type(self).__name__} does not say which network it is.")
