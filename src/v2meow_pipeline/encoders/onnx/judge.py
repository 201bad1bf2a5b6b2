"""Any embedding of sound as a judge: an ONNX file and a few words about it, in a folder that a person fills.

The paper's TRILL has no PyTorch port; it, or a network of its kind, takes a waveform and gives rows of numbers, and
that is all that a judge is asked for. The folder's name is the judge's, begins with `onnx_`, and goes into its keys:
`onnx_trill` gives `fad_onnx_trill`, which is compared with itself only.
"""

import re
from collections.abc import Iterator
from glob import escape
from pathlib import Path

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.encoders.onnx.config import read_judge_config
from v2meow_pipeline.encoders.onnx.session import failures, open_session, reason
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.networks.weights import MODELS_VARIABLE, models_folder, weights_fingerprint

REVISION = "onnx_judge-1"
PREFIX = "onnx_"
NAME = re.compile(rf"{PREFIX}[a-z0-9][a-z0-9_]*")
MODEL_FILE, SETTINGS_FILE = "model.onnx", "judge.json"
FLOATS = "tensor(float)"
MOST_AXES = 3
BATCH = 16


class OnnxJudge:
    """A network behind the `AudioJudge` protocol.

    Attributes:
        name: of its folder, such as "onnx_trill".
        width: of its embeddings.
        fingerprint: of the network and its `judge.json`.
        sample_rate_hz: as `judge.json` says.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """Opens the network and lets it hear silence once, so that what does not fit is known now.

        Args:
            name: "onnx_" and small letters, digits and underscores.
            folder: holds `model.onnx` and `judge.json`; None looks for `name` in the models folder (see
                `networks.weights.models_folder`).

        Raises:
            MissingModelError: when a file is missing.
            ConfigError: when `judge.json` says something else than the network does, or it cannot hear silence.
            V2MeowError: when the network cannot be read.
        """
        self.name, self.fingerprint = name, onnx_fingerprint(name, folder)
        self._folder = folder or models_folder() / name
        self._config = read_judge_config(self._folder / SETTINGS_FILE)
        self._session = open_session(self._folder / MODEL_FILE)
        self.sample_rate_hz = self._config.sample_rate_hz
        self._batch = self._checked_batch()
        silence = np.zeros(self._config.shortest_samples, np.float32)
        self.width: int = self._run(next(self._inputs(silence))).shape[1]

    def embed(self, wave: Float[np.ndarray, " samples"]) -> Float[np.ndarray, "window width"]:
        """The embeddings of a waveform.

        Args:
            wave: mono, in [-1, 1], at `sample_rate_hz`; a short one is followed by silence up to a window, or up to
                `least_samples`. What remains behind the last whole window is not read.

        Returns:
            float32, a row per window, or as many as the network gives for the whole wave.

        Raises:
            ConfigError: when the network cannot hear it, or gives rows of another width, or none.
        """
        missing = max(0, self._config.shortest_samples - len(wave))
        padded = np.pad(np.asarray(wave, np.float32), (0, missing))
        rows = np.concatenate([self._run(part) for part in self._inputs(padded)])
        if rows.shape[1] != self.width:
            raise self._unfit(f"gives {rows.shape[1]} numbers a row, and gave {self.width} for silence")
        return rows

    def _inputs(self, wave: np.ndarray) -> Iterator[np.ndarray]:
        """What the network is given, one run after another."""
        config = self._config
        window, hop = config.window_samples or len(wave), config.hop_samples or len(wave)
        windows = np.lib.stride_tricks.sliding_window_view(wave, window)[::hop]
        if not config.is_batched:
            yield from windows
            return
        for start in range(0, len(windows), self._batch):
            yield windows[start : start + self._batch]

    def _run(self, given: np.ndarray) -> np.ndarray:
        """One run, as rows."""
        config = self._config
        try:
            (found,) = self._session.run([config.output], {config.input: np.ascontiguousarray(given)})
        except failures() as error:
            raise self._unfit(f"fails on an input of {list(given.shape)}: {reason(error)}") from error
        rows = np.asarray(found, np.float32)
        if not 1 <= rows.ndim <= MOST_AXES or rows.size == 0:
            raise self._unfit(f"gives {list(rows.shape)} for an input of {list(given.shape)}, not rows of numbers")
        return rows.reshape(-1, rows.shape[-1])

    def _checked_batch(self) -> int:
        """Windows a run, once it is known that the network has the input and output that `judge.json` names."""
        inputs = {entry.name: entry for entry in self._session.get_inputs()}
        outputs = {entry.name: entry.type for entry in self._session.get_outputs()}
        config = self._config
        if list(inputs) != [config.input] or config.output not in outputs:
            raise self._unfit(f"has the inputs {', '.join(inputs)} and the outputs {', '.join(outputs)}")
        if outputs[config.output] != FLOATS:
            raise self._unfit(f"gives {outputs[config.output]} as {config.output}, not float32")
        entry = inputs[config.input]
        if entry.type != FLOATS or len(entry.shape) != len(config.input_shape):
            raise self._unfit(f"takes {entry.type} of {entry.shape}, not float32 of {list(config.input_shape)}")
        samples, batch = entry.shape[-1], entry.shape[0] if config.is_batched else 1
        if isinstance(samples, int) and samples != config.window_samples:
            raise self._unfit(f"takes exactly {samples} samples: say window_samples and hop_samples")
        if isinstance(batch, int) and batch != 1:
            raise self._unfit(f"takes exactly {batch} waves at once: export it for one, or for any number")
        return 1 if isinstance(batch, int) or config.window_samples is None else BATCH

    def _unfit(self, what: str) -> ConfigError:
        return ConfigError(
            f"The judge {self.name} in {self._folder} {what}.", f"Correct {SETTINGS_FILE}, or export the network again."
        )


def onnx_fingerprint(name: str, folder: Path | None = None) -> str:
    """The fingerprint of the network in a folder, without loading it.

    Args:
        name: see `OnnxJudge`.
        folder: see `OnnxJudge`.

    Returns:
        16 hex digits; weights in files of their own (`model.onnx.data`) count.

    Raises:
        ConfigError: when no judge can be called so.
        MissingModelError: when a file is missing.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"A judge cannot be called {name!r}.", f"Use {PREFIX} and small letters, digits and underscores."
        )
    folder = folder or models_folder() / name
    absent = [file for file in (MODEL_FILE, SETTINGS_FILE) if not (folder / file).is_file()]
    if absent:
        raise MissingModelError(
            f"The judge {name} is not in {folder}: {' and '.join(absent)} missing.",
            f"Put a network that embeds waveforms there, as ONNX, of whatever size, and a {SETTINGS_FILE} with its "
            f"rate, input and output (docs/how-to/pretrained.md), or set {MODELS_VARIABLE} to the folder that holds "
            f"{name}, or leave it out of evaluate.judges.",
        )
    return weights_fingerprint(REVISION, folder / SETTINGS_FILE, *sorted(folder.glob(f"{escape(MODEL_FILE)}*")))
