"""User-provided ONNX audio embeddings as judges for the Frechet audio distance.

This allows networks without a PyTorch port, such as the paper's TRILL: any network from a waveform to rows of
embeddings. The judge has the name of its folder, which begins with `onnx_` and is part of the metric's key: the judge
`onnx_trill` gives `fad_onnx_trill`. Scores of different judges are not comparable.
"""

import re
from collections.abc import Iterator
from glob import escape
from pathlib import Path

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.encoders.onnx.config import read_judge_config
from v2meow_pipeline.encoders.onnx.session import failures, open_session, reason
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.networks.weights import models_folder, require_files, weights_fingerprint

REVISION = "onnx_judge-1"
PREFIX = "onnx_"
NAME = re.compile(rf"{PREFIX}[a-z0-9][a-z0-9_]*")
MODEL_FILE, SETTINGS_FILE = "model.onnx", "judge.json"
FLOATS = "tensor(float)"
MOST_AXES = 3
BATCH = 16


class OnnxJudge:
    """ONNX network; implements `AudioJudge`.

    Attributes:
        name: name of its folder, such as "onnx_trill".
        width: dimension of its embeddings.
        fingerprint: fingerprint of the network and its `judge.json`.
        sample_rate_hz: sample rate in `judge.json`.
    """

    def __init__(self, name: str, folder: Path | None = None) -> None:
        """Loads the network and runs it once on silence, to detect errors early.

        Args:
            name: "onnx_" followed by lower-case letters, digits and underscores.
            folder: directory with `model.onnx` and `judge.json`; None uses `name` in the models folder (see
                `networks.weights.models_folder`).

        Raises:
            MissingModelError: if a file is missing.
            ConfigError: if `judge.json` does not match the network, or the network fails on silence.
            V2MeowError: if the network cannot be loaded.
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
        """Computes the embeddings of a waveform.

        Args:
            wave: mono waveform in [-1, 1] at `sample_rate_hz`; padded with silence to one window, or to
                `least_samples`. An incomplete window at the end is ignored.

        Returns:
            Embeddings, float32, one row per window, or the network's rows for the whole waveform.

        Raises:
            ConfigError: if the network fails, or returns no rows or rows of another width.
        """
        missing = max(0, self._config.shortest_samples - len(wave))
        padded = np.pad(np.asarray(wave, np.float32), (0, missing))
        rows = np.concatenate([self._run(part) for part in self._inputs(padded)])
        if rows.shape[1] != self.width:
            raise self._unfit(f"returns {rows.shape[1]} values per row, but {self.width} for silence")
        return rows

    def _inputs(self, wave: np.ndarray) -> Iterator[np.ndarray]:
        """Inputs of the network, one per run."""
        config = self._config
        window, hop = config.window_samples or len(wave), config.hop_samples or len(wave)
        windows = np.lib.stride_tricks.sliding_window_view(wave, window)[::hop]
        if not config.is_batched:
            yield from windows
            return
        for start in range(0, len(windows), self._batch):
            yield windows[start : start + self._batch]

    def _run(self, inputs: np.ndarray) -> np.ndarray:
        """Runs the network once; returns rows of embeddings."""
        config = self._config
        try:
            (output,) = self._session.run([config.output], {config.input: np.ascontiguousarray(inputs)})
        except failures() as error:
            raise self._unfit(f"fails on an input of {list(inputs.shape)}: {reason(error)}") from error
        rows = np.asarray(output, np.float32)
        if not 1 <= rows.ndim <= MOST_AXES or rows.size == 0:
            shapes = f"an output of shape {list(rows.shape)} for an input of shape {list(inputs.shape)}"
            raise self._unfit(f"returns {shapes}, which is not rows of embeddings")
        return rows.reshape(-1, rows.shape[-1])

    def _checked_batch(self) -> int:
        """Checks inputs and outputs against `judge.json`, and returns the number of windows per run."""
        inputs = {entry.name: entry for entry in self._session.get_inputs()}
        outputs = {entry.name: entry.type for entry in self._session.get_outputs()}
        config = self._config
        if list(inputs) != [config.input] or config.output not in outputs:
            raise self._unfit(f"has the inputs {', '.join(inputs)} and the outputs {', '.join(outputs)}")
        if outputs[config.output] != FLOATS:
            raise self._unfit(f"returns {outputs[config.output]} as {config.output}, not float32")
        entry = inputs[config.input]
        if entry.type != FLOATS or len(entry.shape) != len(config.input_shape):
            raise self._unfit(f"takes {entry.type} of {entry.shape}, not float32 of {list(config.input_shape)}")
        samples, batch = entry.shape[-1], entry.shape[0] if config.is_batched else 1
        if isinstance(samples, int) and samples != config.window_samples:
            raise self._unfit(f"takes exactly {samples} samples: set window_samples to this, and hop_samples")
        if isinstance(batch, int) and batch != 1:
            raise self._unfit(f"takes exactly {batch} waves at once: export it with a batch size of 1 or a dynamic one")
        return 1 if isinstance(batch, int) or config.window_samples is None else BATCH

    def _unfit(self, what: str) -> ConfigError:
        return ConfigError(
            f"The judge {self.name} in {self._folder} {what}.", f"Correct {SETTINGS_FILE}, or export the network again."
        )


def onnx_fingerprint(name: str, folder: Path | None = None) -> str:
    """Fingerprint of the network in a folder, without loading it.

    Args:
        name: name of the judge (see `OnnxJudge`).
        folder: directory of the network (see `OnnxJudge`).

    Returns:
        Fingerprint, 16 hex digits, including external weights (`model.onnx.data`).

    Raises:
        ConfigError: if the name is invalid.
        MissingModelError: if a file is missing.
    """
    if not NAME.fullmatch(name):
        raise ConfigError(
            f"A judge cannot be called {name!r}.",
            f"Use {PREFIX} followed by lower-case letters, digits and underscores.",
        )
    folder = folder or models_folder() / name
    download = (
        f"an ONNX network that embeds waveforms, and a {SETTINGS_FILE} with its sample rate, input and output "
        "(docs/how-to/pretrained.md),"
    )
    otherwise = "remove it from evaluate.judges"
    require_files(folder, (MODEL_FILE, SETTINGS_FILE), f"The judge {name}", name, download, otherwise)
    return weights_fingerprint(REVISION, folder / SETTINGS_FILE, *sorted(folder.glob(f"{escape(MODEL_FILE)}*")))
