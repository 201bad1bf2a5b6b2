"""`mlflow models serve`: a video's path in, the path of the video with its soundtrack out."""

import json
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pandas as pd
import pytest
from mlflow.exceptions import MlflowException
from tests.support.project import ROOT, command
from tests.support.servers import free_port, listening, serving
from tests.support.small_models import make_small_models

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.composer import Composer
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.tracking import serving as serving_module
from v2meow_pipeline.tracking.serving import OUTPUT_VARIABLE, VIDEOS_VARIABLE, Soundtracks

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
MODELS = "data/test/06_models"


def test_what_a_request_may_not_do(trained: Path, tmp_path: Path) -> None:
    """Catches a server that fetches addresses, follows links out of its folder, or answers with a traceback."""
    allowed = tmp_path / "videos"
    allowed.mkdir()
    (allowed / "link.mp4").symlink_to(real_clip())
    served = Soundtracks(Composer.from_pretrained(trained / MODELS), tmp_path / "made", allowed.resolve())
    for video in (str(real_clip()), str(allowed / "link.mp4"), str(allowed / ".." / "x.mp4"), "/etc/passwd"):
        with pytest.raises(MlflowException, match="is not in the folder"):
            served.predict(pd.DataFrame([{"video": video}]))
    with pytest.raises(MlflowException, match="There is no file"):
        served.predict(pd.DataFrame([{"video": str(allowed / "missing.mp4")}]))
    with pytest.raises(MlflowException, match="is not in the folder"):
        served.predict(pd.DataFrame([{"video": "http://127.0.0.1:9/clip.mp4"}]))
    assert not list((tmp_path / "made").glob("*"))


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"video": 5}, "texts"),
        ({"video": None}, "texts"),
        ({"video": ["a"]}, "texts"),
        ({"video": "a.mp4", "prompt": {"x": 1}}, "texts"),
        ({"video": "a" * 5000}, "texts"),
        ({"video": "a.mp4", "seed": "seven"}, "whole number"),
        ({"video": "a.mp4", "seed": 0.5}, "whole number"),
        ({"movie": "a.mp4"}, "not a table"),
        ({"video": "\x00.mp4"}, "folder"),
    ],
)
def test_values_of_other_types_are_answered_in_a_sentence(
    trained: Path, tmp_path: Path, row: dict[str, Any], told: str
) -> None:
    """Catches stack traces with the server's paths in them."""
    served = Soundtracks(Composer.from_pretrained(trained / MODELS), tmp_path / "made", tmp_path)
    with pytest.raises(MlflowException, match=told) as caught:
        served.predict(pd.DataFrame([row]))
    assert caught.value.__cause__ is None and "Traceback" not in caught.value.message


def test_a_queue_that_is_full_and_a_fault_of_ours_are_told_apart(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches requests that pile up without end, and a traceback that leaves the server."""
    served = Soundtracks(Composer.from_pretrained(trained / MODELS), tmp_path / "made", real_clip().parent)
    request = pd.DataFrame([{"video": str(real_clip())}])
    monkeypatch.setattr(serving_module, "generate", lambda *given, **named: 1 / 0)
    with pytest.raises(MlflowException, match="server's log") as caught:
        served.predict(request)
    assert caught.value.get_http_status_code() == 500
    with pytest.raises(MlflowException, match="at most 16"):
        served.predict(pd.concat([request] * 17))
    for _ in range(1 + serving_module.MOST_WAITING):
        assert served._places.acquire(blocking=False)
    with pytest.raises(MlflowException, match="Try again") as caught:
        served.predict(request)
    assert caught.value.get_http_status_code() == 429


def test_rows_are_answered_one_by_one(trained: Path, tmp_path: Path) -> None:
    """Catches a second answer that overwrites the first, and a seed or a prompt that is read and ignored."""
    served = Soundtracks(Composer.from_pretrained(trained / MODELS), tmp_path, real_clip().parent)
    rows = [{"video": str(real_clip()), "seed": 7.0}, {"video": str(real_clip()), "prompt": "calm solo piano"}]
    answers = served.predict(pd.DataFrame(rows))
    assert answers["seed"].tolist() == [7, 0]
    first, second = (Path(path) for path in answers["output"])
    assert first != second and first.parent == second.parent == tmp_path
    assert first.read_bytes() != second.read_bytes()
    assert probe(first).frame_count == 250


def test_other_folders_are_closed_by_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a server that reads any file until a variable is set, or that tells which files exist."""
    models = make_small_models(tmp_path / "models")
    monkeypatch.delenv(VIDEOS_VARIABLE, raising=False)
    monkeypatch.delenv(OUTPUT_VARIABLE, raising=False)
    monkeypatch.chdir(tmp_path)
    served = serving_module._load_pyfunc(str(models))
    for video in (real_clip(), real_clip().with_name("missing.mp4"), Path("/etc/passwd"), Path("data/x.mp4")):
        with pytest.raises(MlflowException, match="is not in the folder that this server reads"):
            served.predict(pd.DataFrame([{"video": str(video)}]))
    with pytest.raises(MlflowException, match="There is no file"):
        served.predict(pd.DataFrame([{"video": "data/01_raw/x.mp4"}]))


def test_the_documented_timeout_is_one_of_mlflow() -> None:
    """Catches a page without the way to wait longer than a minute, and a variable that MLflow renamed."""
    from mlflow.environment_variables import MLFLOW_SCORING_SERVER_REQUEST_TIMEOUT as TIMEOUT

    assert TIMEOUT.default == 60
    assert f"export {TIMEOUT.name}=" in (ROOT / "docs/how-to/experiments.md").read_text()


@pytest.mark.slow
def test_the_server_answers(trained: Path, tmp_path: Path) -> None:
    """Catches a registered model that MLflow's own server cannot load, and a server that the network can reach."""
    port, output = free_port(), tmp_path / "made"
    words = ["models", "serve", "-m", "models:/v2meow-test@candidate", "--env-manager", "local"]
    environment = {
        "MLFLOW_TRACKING_URI": f"sqlite:///{trained / 'mlruns/mlflow.db'}",
        OUTPUT_VARIABLE: str(output),
        VIDEOS_VARIABLE: str(real_clip().parent),
    }
    words = [command("mlflow"), *words, "--host", "127.0.0.1", "--port", str(port)]
    with serving(words, environment, f"http://127.0.0.1:{port}/ping", tmp_path / "log") as pid:
        status, answer = _ask(port, {"video": str(real_clip()), "prompt": "calm solo piano", "seed": 7})
        assert status == 200, answer
        (made,) = answer["predictions"]
        assert Path(made["output"]).parent == output and made["seed"] == 7
        assert probe(Path(made["output"])).frame_count == 250
        for video in ("/etc/passwd", "http://127.0.0.1:9/clip.mp4"):
            assert _ask(port, {"video": video})[0] == 400
        assert _ask(port, {"seed": 7})[0] == 400
        assert listening(pid) == {"127.0.0.1"}


def _ask(port: int, row: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    body = json.dumps({"dataframe_records": [row]}).encode()
    request = Request(f"http://127.0.0.1:{port}/invocations", body, {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=300) as response:
            return response.status, json.loads(response.read())
    except HTTPError as error:
        return error.code, json.loads(error.read())
