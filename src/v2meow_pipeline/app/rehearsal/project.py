"""Kedro project of a rehearsal: configuration, videos and random weights in a folder of its own."""

import csv
import shutil
from pathlib import Path
from typing import Any

import yaml

from v2meow_pipeline.app.environment import BASE, load_config
from v2meow_pipeline.app.rehearsal.overlay import CAPTIONS, VIDEOS, rehearsal_parameters
from v2meow_pipeline.synthetic import SyntheticConfig, collect

ENV = "rehearsal"
MODELS = "models"
DATA = "data"
# Larger than the inputs of the paper's networks (256 px), so that frames are scaled down as those of real videos.
WIDTH, HEIGHT = 456, 288


def write_project(project: Path, env: str, folder: Path, clips: int, batch: int, given: dict[str, Any]) -> None:
    """Writes the project, without videos and weights; results in the folder are kept.

    Args:
        project: root directory of the rehearsed project.
        env: rehearsed environment.
        folder: root directory of the rehearsal.
        clips: number of clips of each split.
        batch: examples per optimiser step.
        given: nested parameters that replace those of the environment.
    """
    (folder / "src").mkdir(parents=True, exist_ok=True)
    shutil.rmtree(folder / "conf", ignore_errors=True)
    shutil.copytree(project / "conf" / BASE, folder / "conf" / BASE)
    for name in ("pyproject.toml", ".telemetry", "conf/logging.yml"):
        if (project / name).is_file():
            shutil.copy(project / name, folder / name)
    (folder / "conf" / "local").mkdir()
    if (project / "conf" / env / "catalog").is_dir():
        shutil.copytree(project / "conf" / env / "catalog", folder / "conf" / ENV / "catalog")
    parameters = _merged(load_config(project, env, "parameters"), given)
    mlflow = load_config(project, env, "mlflow")
    files = {
        "parameters.yml": rehearsal_parameters(parameters, clips, batch),
        "globals.yml": {**load_config(project, env, "globals"), "data": DATA},
        "mlflow.yml": {**mlflow, "tracking_uri": None, "model": f"{mlflow['model']}-{ENV}"},
    }
    (folder / "conf" / ENV).mkdir(exist_ok=True)
    for name, values in files.items():
        (folder / "conf" / ENV / name).write_text(yaml.safe_dump(values, sort_keys=False), encoding="utf-8")


def write_videos(folder: Path, clips: int) -> None:
    """Renders synthetic videos with music and a captions table, as a folder of a user's videos; existing ones are kept.

    Args:
        folder: root directory of the rehearsal.
        clips: number of videos of each split: train, val and test-iid; each becomes one clip.
    """
    counts = {"train": clips, "val": clips, "test_iid": clips, "test_combo": 0, "test_font": 0, "test_look": 0}
    config = SyntheticConfig.parse({"clips": counts, "width": WIDTH, "height": HEIGHT, "workers": 1})
    videos = collect(config, folder / VIDEOS)
    with (folder / CAPTIONS).open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["file", "caption", "genre", "licence", "split"])
        table.writeheader()
        for video in videos:
            relative = Path(video.path).relative_to(folder / VIDEOS).as_posix()
            row = {"caption": video.caption, "genre": video.genre, "licence": video.licence, "split": video.split}
            table.writerow({"file": relative, **row})


def _merged(values: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """Nested values with those of `given` in their place."""
    merged = dict(values)
    for key, value in given.items():
        both = isinstance(value, dict) and isinstance(values.get(key), dict)
        merged[key] = _merged(values[key], value) if both else value
    return merged
