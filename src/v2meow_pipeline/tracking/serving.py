"""Model server for `mlflow models serve`: takes the path of a video, returns the path of the video with soundtrack.

The pyfunc flavour of a registered bundle names this module as its loader, so that a model is loaded by installed code
and contains no code itself.
"""

import logging
import math
import os
import threading
import time
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import pandas as pd

from v2meow_pipeline.composer import Composer, generate
from v2meow_pipeline.errors import ConfigError, MediaError, V2MeowError
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.source import display_name

# Environment variables: output folder, and the only folder from which videos are read.
OUTPUT_VARIABLE, VIDEOS_VARIABLE = "V2MEOW_SERVING_OUTPUT", "V2MEOW_SERVING_VIDEOS"
DEFAULT_OUTPUT, DEFAULT_VIDEOS = Path("data/07_model_output/served"), Path("data/01_raw")
# Limits: rows per request, waiting requests (more are rejected with status 429), and characters per text.
MOST_ROWS, MOST_WAITING, LONGEST_TEXT = 16, 8, 4096

log = logging.getLogger(__name__)


class Soundtracks:
    """Pyfunc model: generates soundtracks with loaded models, within the permitted folders."""

    def __init__(self, composer: Composer, output: Path, videos: Path) -> None:
        """Stores models and folders.

        Args:
            composer: composer of the loaded bundle.
            output: output folder; existing files are never replaced.
            videos: the only folder from which videos are read.
        """
        self._composer, self._output, self._videos = composer, output, videos.resolve()
        self._one_at_a_time, self._places = threading.Lock(), threading.BoundedSemaphore(1 + MOST_WAITING)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Generates soundtracks for videos.

        Args:
            model_input: one row per video with `video` (path), and optionally `prompt` and `seed`.
            params: unused; required by MLflow.

        Returns:
            One row per video: `output` (path), `seed`, `model` (fingerprint), `duration_s`, `loudness_lufs`, `seconds`.

        Raises:
            MlflowException: for an invalid request (status 400), too many waiting requests (429), or an internal error
                (500), whose details are only in the server's log.
        """
        from mlflow.exceptions import INTERNAL_ERROR, INVALID_PARAMETER_VALUE, RESOURCE_EXHAUSTED, MlflowException

        if not self._places.acquire(blocking=False):
            raise MlflowException("Too many requests are waiting. Try again later.", error_code=RESOURCE_EXHAUSTED)
        try:
            requests = [_parse_row(row) for row in _rows(model_input)]
            with self._one_at_a_time:
                return pd.DataFrame([self._generate(request) for request in requests])
        except V2MeowError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None
        except Exception:  # clients must not see tracebacks with paths of the server
            log.exception("A request failed")
            raise MlflowException("The request failed; see the server's log.", error_code=INTERNAL_ERROR) from None
        finally:
            self._places.release()

    def _generate(self, request: "_Request") -> dict[str, Any]:
        started = time.perf_counter()
        video = self._allowed(request.video)
        self._output.mkdir(parents=True, exist_ok=True)
        suffix = video.suffix.lower() if video.suffix.lower() in TARGETS else ".mkv"
        output = self._output / f"{video.stem[:80]}-{uuid4().hex[:12]}{suffix}"
        made = generate(video, output, prompt=request.prompt, seed=request.seed, models=self._composer)
        return {
            "output": str(output),
            "seed": made.seed,
            "model": made.model,
            "duration_s": made.mux.video_s,
            "loudness_lufs": made.mux.loudness_lufs,
            "seconds": time.perf_counter() - started,
        }

    def _allowed(self, video: Path) -> Path:
        """Returns the path of a video if it is in the permitted folder after resolving links; raises otherwise."""
        if not self._is_inside(video):
            problem = f"{display_name(video)} is not in the folder that this server reads."
            raise MediaError(
                "forbidden", problem, f"Move the video there; the folder is set by the server's {VIDEOS_VARIABLE}."
            )
        return video

    def _is_inside(self, video: Path) -> bool:
        try:
            return video.resolve().is_relative_to(self._videos)
        except (OSError, RuntimeError, ValueError):  # a loop of links, or an invalid file name
            return False


def _load_pyfunc(data_path: str) -> Soundtracks:
    """Loads a registered bundle; called by MLflow.

    Args:
        data_path: folder of the bundle.

    Returns:
        Pyfunc model with a `predict` method.
    """
    output = Path(os.environ.get(OUTPUT_VARIABLE) or DEFAULT_OUTPUT).absolute()
    videos = Path(os.environ.get(VIDEOS_VARIABLE) or DEFAULT_VIDEOS)
    return Soundtracks(Composer.from_pretrained(data_path), output, videos)


class _Request(NamedTuple):
    """One validated row of a request."""

    video: Path
    prompt: str | None
    seed: int


def _rows(model_input: Any) -> Sequence[Mapping[Hashable, Any]]:
    if not isinstance(model_input, pd.DataFrame) or "video" not in model_input:
        remedy = 'Send {"dataframe_records": [{"video": ...}]}.'
        raise ConfigError("The request is not a table with a column video.", remedy)
    if len(model_input) > MOST_ROWS:
        raise ConfigError(f"The request has {len(model_input)} rows.", f"Send at most {MOST_ROWS} at once.")
    return model_input.to_dict("records")


def _parse_row(row: Mapping[Hashable, Any]) -> _Request:
    """Validates a row; optional values that are missing or null get their default."""
    values = {name: row.get(name) for name in ("video", "prompt", "seed")}
    given = {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values.items()}
    video, prompt, seed = given["video"], given["prompt"], given["seed"]
    texts = [value for value in (video, prompt) if value is not None]
    if video is None or not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts):
        raise ConfigError("video and prompt must be texts.", f"Give strings of at most {LONGEST_TEXT} characters each.")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | float) or seed != int(seed)):
        raise ConfigError("seed must be a whole number.", "Give an integer, or leave seed out.")
    return _Request(Path(video), prompt or None, int(seed or 0))
