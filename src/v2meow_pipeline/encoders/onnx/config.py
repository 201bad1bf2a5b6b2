"""Configuration of an ONNX judge (`judge.json`)."""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, V2MeowError


class OnnxJudgeConfig(Config):
    """Inputs and outputs of an ONNX network.

    Attributes:
        sample_rate_hz: sample rate of the network; waveforms are resampled to it.
        input: name of the input, a float32 waveform in [-1, 1].
        input_shape: axes of the input: ["samples"] or ["batch", "samples"].
        output: name of the output: [width], [frame, width] or [batch, frame, width]; the last axis is the embedding.
        window_samples: length of the windows in samples; None for whole waveforms.
        hop_samples: hop between windows in samples; required with `window_samples` and not allowed without.
        least_samples: minimum length of a whole waveform in samples; shorter ones are padded with silence. None is one
            second.
    """

    sample_rate_hz: int = Field(gt=0)
    input: str
    input_shape: tuple[Literal["samples"]] | tuple[Literal["batch"], Literal["samples"]]
    output: str
    window_samples: int | None = Field(default=None, gt=0)
    hop_samples: int | None = Field(default=None, gt=0)
    least_samples: int | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _windows_are_whole(self) -> "OnnxJudgeConfig":
        if (self.window_samples is None) != (self.hop_samples is None):
            raise ValueError("window_samples and hop_samples must be set together")
        if self.window_samples is not None and self.least_samples is not None:
            raise ValueError("least_samples is for whole waveforms: remove it, or window_samples and hop_samples")
        return self

    @property
    def shortest_samples(self) -> int:
        """Minimum length of the network's input, in samples."""
        return self.window_samples or self.least_samples or self.sample_rate_hz

    @property
    def is_batched(self) -> bool:
        """Whether the input's first axis is a batch."""
        return len(self.input_shape) > 1


def read_judge_config(path: Path) -> OnnxJudgeConfig:
    """Reads and validates a configuration file.

    Args:
        path: JSON file with one object.

    Returns:
        The configuration.

    Raises:
        ConfigError: if the file is invalid; the message names the file and the invalid keys.
    """
    try:
        params = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"{path} is not valid JSON: {error}.", "See docs/how-to/pretrained.md for its keys."
        ) from error
    if not isinstance(params, dict):
        raise ConfigError(f"{path} does not contain a JSON object.", "See docs/how-to/pretrained.md for its keys.")
    try:
        return OnnxJudgeConfig.parse(params)
    except V2MeowError as error:
        raise ConfigError(f"{path}: {error.problem}", "See docs/how-to/pretrained.md for its keys.") from error
