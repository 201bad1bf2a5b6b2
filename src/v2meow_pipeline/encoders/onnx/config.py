"""What `judge.json` says about a network in an ONNX file."""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import ConfigError, V2MeowError


class OnnxJudgeConfig(Config):
    """How a network is fed, and what is read.

    Attributes:
        sample_rate_hz: that the network expects; waves are resampled to it.
        input: name of the input, the waveform in [-1, 1], float32.
        input_shape: its axes: ["samples"], or ["batch", "samples"].
        output: name of the output: [width], [frame, width] or [batch, frame, width]; the last axis is the embedding.
        window_samples: where the network takes windows of one length; None gives it whole waves.
        hop_samples: between the starts of windows; there is one exactly where there are windows.
        least_samples: shorter waves are followed by silence up to here; None is a second. Windows need none.
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
            raise ValueError("window_samples and hop_samples go together")
        if self.window_samples is not None and self.least_samples is not None:
            raise ValueError("least_samples is for whole waves: with windows it is window_samples")
        return self

    @property
    def shortest_samples(self) -> int:
        """Of what the network is given."""
        return self.window_samples or self.least_samples or self.sample_rate_hz

    @property
    def is_batched(self) -> bool:
        """Whether the input's first axis is a batch."""
        return len(self.input_shape) > 1


def read_judge_config(path: Path) -> OnnxJudgeConfig:
    """The configuration in a file.

    Args:
        path: a JSON file with one object.

    Returns:
        The validated configuration.

    Raises:
        ConfigError: naming the file and each key that is wrong.
    """
    try:
        params = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} is not JSON: {error}.", "See docs/how-to/pretrained.md for its keys.") from error
    if not isinstance(params, dict):
        raise ConfigError(f"{path} holds no object.", "See docs/how-to/pretrained.md for its keys.")
    try:
        return OnnxJudgeConfig.parse(params)
    except V2MeowError as error:
        raise ConfigError(f"{path}: {error.problem}", "See docs/how-to/pretrained.md for its keys.") from error
