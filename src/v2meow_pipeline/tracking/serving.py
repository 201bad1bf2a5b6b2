"""What `mlflow models serve` answers with: a video's path in, the path of the video with its soundtrack out.

The pyfunc flavour of a registered bundle names this module, so a model is loaded by code that is installed here, and
brings none of its own.
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

from v2meow_pipeline.composer import Composer, generate, load_composer
from v2meow_pipeline.errors import ConfigError, MediaError, V2MeowError
from v2meow_pipeline.media.containers import TARGETS
from v2meow_pipeline.media.source import display_name

# Folder that videos with soundtracks are written to, and the only one that videos are read from.
OUTPUT_VARIABLE, VIDEOS_VARIABLE = "V2MEOW_SERVING_OUTPUT", "V2MEOW_SERVING_VIDEOS"
DEFAULT_OUTPUT, DEFAULT_VIDEOS = Path("data/07_model_output/served"), Path("data/01_raw")
# Of one request, and of requests that wait for the one that is worked on; more are told to come back.
MOST_ROWS, MOST_WAITING, LONGEST_TEXT = 16, 8, 4096

log = logging.getLogger(__name__)


class Soundtracks:
    """The models, loaded once, and the folders that requests may touch."""

    def __init__(self, composer: Composer, output: Path, videos: Path) -> None:
        """Nothing is written yet.

        Args:
            composer: of the bundle.
            output: folder for what is made; nothing there is ever replaced.
            videos: the only folder that videos are taken from.
        """
        self._composer, self._output, self._videos = composer, output, videos.resolve()
        self._one_at_a_time, self._places = threading.Lock(), threading.BoundedSemaphore(1 + MOST_WAITING)

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Soundtracks for some videos.

        Args:
            model_input: a row a video: `video` (path), and optionally `prompt` and `seed`.
            params: none are known.

        Returns:
            A row a video: `output` (path), `seed`, `model` (fingerprint), `duration_s`, `loudness_lufs`, `seconds`.

        Raises:
            MlflowException: for a request that cannot be met (status 400), when too many wait (429), and for a fault of
                ours (500), which is told in the server's log alone.
        """
        from mlflow.exceptions import INTERNAL_ERROR, INVALID_PARAMETER_VALUE, RESOURCE_EXHAUSTED, MlflowException

        if not self._places.acquire(blocking=False):
            raise MlflowException("Too many requests wait. Try again later.", error_code=RESOURCE_EXHAUSTED)
        try:
            asked = [_asked(row) for row in _rows(model_input)]
            with self._one_at_a_time:
                return pd.DataFrame([self._answer(one) for one in asked])
        except V2MeowError as error:
            raise MlflowException(str(error), error_code=INVALID_PARAMETER_VALUE) from None
        except Exception:  # a stranger gets no traceback, with the server's paths in it
            log.exception("A request failed")
            raise MlflowException("The request failed; the server's log says why.", error_code=INTERNAL_ERROR) from None
        finally:
            self._places.release()

    def _answer(self, asked: "_Asked") -> dict[str, Any]:
        started = time.perf_counter()
        video = self._allowed(asked.video)
        self._output.mkdir(parents=True, exist_ok=True)
        suffix = video.suffix.lower() if video.suffix.lower() in TARGETS else ".mkv"
        output = self._output / f"{video.stem[:80]}-{uuid4().hex[:12]}{suffix}"
        made = generate(video, output, prompt=asked.prompt, seed=asked.seed, models=self._composer)
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
        if not self._lies_inside(video):
            problem = f"{display_name(video)} does not lie in the folder that this server reads."
            raise MediaError("forbidden", problem, f"Put it there; the server's {VIDEOS_VARIABLE} names the folder.")
        return video

    def _lies_inside(self, video: Path) -> bool:
        try:
            return video.resolve().is_relative_to(self._videos)
        except (OSError, RuntimeError, ValueError):  # a loop of links, a name that no system takes
            return False


def _load_pyfunc(data_path: str) -> Soundtracks:
    """What MLflow calls to load a registered bundle.

    Args:
        data_path: folder of the bundle.

    Returns:
        An object with `predict`.
    """
    output = Path(os.environ.get(OUTPUT_VARIABLE) or DEFAULT_OUTPUT).absolute()
    videos = Path(os.environ.get(VIDEOS_VARIABLE) or DEFAULT_VIDEOS)
    return Soundtracks(load_composer(Path(data_path)), output, videos)


class _Asked(NamedTuple):
    """One row of a request."""

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


def _asked(row: Mapping[Hashable, Any]) -> _Asked:
    """A row whose values are what they should be; an optional one that is missing or null is left out."""
    values = {name: row.get(name) for name in ("video", "prompt", "seed")}
    given = {key: None if isinstance(value, float) and math.isnan(value) else value for key, value in values.items()}
    video, prompt, seed = given["video"], given["prompt"], given["seed"]
    texts = [value for value in (video, prompt) if value is not None]
    if video is None or not all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in texts):
        raise ConfigError("video and prompt have to be texts.", f"Give at most {LONGEST_TEXT} characters each.")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | float) or seed != int(seed)):
        raise ConfigError("seed has to be a whole number.", "Give one, or leave it out.")
    return _Asked(Path(video), prompt or None, int(seed or 0))
