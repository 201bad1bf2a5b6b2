"""What `mlflow models serve` answers with: a video's path in, the path of the video with its soundtrack out.

The pyfunc flavour of a registered bundle names this module, so a model is loaded by code that is installed here, and
brings none of its own.
"""

import math
import os
import time
from collections.abc import Hashable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd

from v2meow_pipeline.composer import Composer, generate, load_composer
from v2meow_pipeline.errors import MediaError, V2MeowError
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.source import shown

# Folder that videos with soundtracks are written to, and the only one that videos are read from.
OUTPUT_VARIABLE, VIDEOS_VARIABLE = "V2MEOW_SERVING_OUTPUT", "V2MEOW_SERVING_VIDEOS"
DEFAULT_OUTPUT = Path("data/07_model_output/served")


class Soundtracks:
    """The models, loaded once, and the folders that requests may touch."""

    def __init__(self, composer: Composer, output: Path, videos: Path | None) -> None:
        """Nothing is written yet.

        Args:
            composer: of the bundle.
            output: folder for what is made; nothing there is ever replaced.
            videos: the only folder that videos are taken from; None takes any local file.
        """
        self._composer, self._output, self._videos = composer, output, videos

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Soundtracks for some videos.

        Args:
            model_input: a row a video: `video` (path), and optionally `prompt` and `seed`.
            params: none are known.

        Returns:
            A row a video: `output` (path), `seed`, `model` (fingerprint), `duration_s`, `loudness_lufs`, `seconds`.

        Raises:
            MlflowException: for a request that cannot be met, which the server answers with status 400.
        """
        from mlflow.exceptions import INVALID_PARAMETER_VALUE, MlflowException

        try:
            return pd.DataFrame([self._answer(row) for row in model_input.to_dict("records")])
        except V2MeowError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from error

    def _answer(self, row: Mapping[Hashable, Any]) -> dict[str, Any]:
        started = time.perf_counter()
        video, seed = self._allowed(Path(row["video"])), _given(row.get("seed"))
        self._output.mkdir(parents=True, exist_ok=True)
        suffix = video.suffix.lower() if video.suffix.lower() in TARGETS else ".mkv"
        output = self._output / f"{video.stem[:80]}-{uuid4().hex[:12]}{suffix}"
        made = generate(video, output, prompt=_given(row.get("prompt")), seed=int(seed or 0), models=self._composer)
        return {
            "output": str(output),
            "seed": made.seed,
            "model": made.model,
            "duration_s": made.mux.video_s,
            "loudness_lufs": made.mux.loudness_lufs,
            "seconds": time.perf_counter() - started,
        }

    def _allowed(self, video: Path) -> Path:
        """The video, if requests may read it; links are followed before the folder is compared."""
        if self._videos is not None and not video.resolve().is_relative_to(self._videos):
            problem = f"{shown(video)} does not lie in the folder that this server reads."
            raise MediaError("forbidden", problem, f"Put it there; the server's {VIDEOS_VARIABLE} names the folder.")
        return video


def _load_pyfunc(data_path: str) -> Soundtracks:
    """What MLflow calls to load a registered bundle.

    Args:
        data_path: folder of the bundle.

    Returns:
        An object with `predict`.
    """
    output = Path(os.environ.get(OUTPUT_VARIABLE) or DEFAULT_OUTPUT).absolute()
    videos = os.environ.get(VIDEOS_VARIABLE)
    return Soundtracks(load_composer(Path(data_path)), output, Path(videos).resolve() if videos else None)


def _given(value: Any) -> Any:
    """The value of an optional column; None where a row lacks it."""
    return None if value is None or (isinstance(value, float) and math.isnan(value)) else value
