"""The whole pipeline on the test environment: what it leaves behind, and that it does nothing twice."""

import json
import math
import sqlite3
import time
from pathlib import Path

import pandas as pd
import pytest
from tests.support.project import kill_when, make_project, run

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer import Bundle
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.model_store import COMPOSER_FILE

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
DATA = Path("data/test")
CONTROLS = {"codec_resynthesis", "ground_truth", "random_shuffle", "silence", "click_track"}


def _written(project: Path) -> dict[str, int]:
    """When each artifact of training was last written; the recorded sampling is not work, and written each time."""
    layers = ("01_raw", "03_primary", "04_feature", "05_model_input", "06_models")
    files = [path for layer in layers for path in (project / DATA / layer).rglob("*") if path.is_file()]
    files = [path for path in files if path.name != COMPOSER_FILE]
    return {str(path.relative_to(project)): path.stat().st_mtime_ns for path in files}


def _figures(project: Path) -> dict[str, object]:
    return {path.name: json.loads(path.read_text()) for path in (project / DATA / "08_reporting/stages").glob("*.json")}


def test_every_clip_has_sound_features_and_tokens(trained: Path) -> None:
    """Catches a clip of the manifest that a later layer lost, or one that it made up."""
    manifest = pd.read_parquet(trained / DATA / "02_intermediate/clip_manifest.parquet")
    stores = {
        "03_primary/clip_audio": {"audio": (Clock().clip_samples,)},
        "04_feature/visual_features": {"efficientnet_lite0": (10, 1280)},
        "05_model_input/music_text": {"music_text": (128,)},
        "05_model_input/tokens": {"semantic": (250,), "acoustic": (12, 500)},
    }
    for folder, arrays in stores.items():
        reader = ShardReader(trained / DATA / folder)
        assert list(reader.clip_ids) == manifest["clip_id"].tolist()
        for name, shape in arrays.items():
            assert reader.layout[name][1] == shape


def test_scores_have_controls_and_intervals(trained: Path) -> None:
    """Catches a table whose numbers cannot be read for want of controls, intervals or counts."""
    metrics = json.loads((trained / DATA / "08_reporting/metrics.json").read_text())
    rows = {(row["system"], row["metric"]): row for row in metrics["summary"]}
    assert {system for system, _ in rows} >= CONTROLS | {"v2meow", "v2meow_without_video", "rules"}
    row = rows["codec_resynthesis", "beat_f1_adjusted"]
    assert row["low"] <= row["value"] <= row["high"]
    assert row["n"] == metrics["n_clips"] == 3
    assert rows["ground_truth", "beat_f1_adjusted"]["value"] == 100
    assert rows["silence", "beat_hit_adjusted"]["value"] == 0


def test_the_report_plays_every_system(trained: Path) -> None:
    """Catches a report of another evaluation, one without sound, and one too large to be sent to anybody."""
    folder = trained / DATA / "08_reporting/report"
    table = pd.read_csv(folder / "by_clip.csv")
    assert (folder / "index.html").read_text().count("<audio") == len(table)
    assert (folder / "index.html").stat().st_size < 20e6
    assert (folder / "tables.md").is_file()


def test_examples_keep_every_frame(trained: Path) -> None:
    """Catches an example whose picture was cut or re-timed."""
    (example,) = (trained / DATA / "07_model_output/examples").glob("*.mp4")
    manifest = pd.read_parquet(trained / DATA / "02_intermediate/clip_manifest.parquet").set_index("clip_id")
    source = probe(trained / manifest.loc[example.stem, "path"])
    made = probe(example)
    assert made.frame_count == source.frame_count
    assert made.audio_duration_s == pytest.approx(made.duration_s, abs=1024 / 44_100)


def test_the_run_is_tracked(trained: Path) -> None:
    """Catches a run without its commit, parameters, scores or pictures, and stages without curves."""
    with sqlite3.connect(trained / "mlruns/mlflow.db") as database:
        runs = dict(database.execute("select name, run_uuid from runs"))
        statuses = {status for (status,) in database.execute("select status from runs")}
        run_id = runs["all clip+i3d (test)"]
        tags = dict(database.execute("select key, value from tags where run_uuid = ?", [run_id]))
        metrics = {key for (key,) in database.execute("select key from latest_metrics where run_uuid = ?", [run_id])}
        curve = database.execute(
            "select count(*) from metrics where run_uuid = ?", [runs["semantic clip+i3d"]]
        ).fetchone()[0]
    assert set(runs) == {"all clip+i3d (test)", "semantic clip+i3d", "coarse clip+i3d", "fine clip+i3d"}
    assert statuses == {"FINISHED"}
    assert {"git.commit", "config.fingerprint", "pipeline", "variant", "clips.fingerprint"} <= set(tags)
    assert {"ground_truth/beat_f1_adjusted", "semantic/val/loss", "curve/semantic/val_loss"} <= metrics
    assert any(key.startswith("system/") for key in metrics)
    assert curve > 0
    kept = {path.suffix for path in (trained / "mlruns/artifacts").rglob("examples/*")}
    assert kept == {".mp4", ".wav", ".png"}
    assert list((trained / "mlruns/artifacts").rglob("tables/metrics_by_clip.json"))
    assert list((trained / "mlruns/artifacts").rglob("spectrogram.png"))


def test_a_second_run_computes_nothing(trained: Path) -> None:
    """Catches a step that does its work again although nothing changed."""
    before = _written(trained)
    started = time.monotonic()
    run(trained, "kedro", "run", "--pipeline", "train", "--env", "test")
    assert _written(trained) == before
    assert time.monotonic() - started < 120


def test_the_models_load_without_the_pipeline_packages(trained: Path) -> None:
    """Catches models that only the pipeline can read."""
    bundle = Bundle.load(trained / DATA / "06_models")
    assert set(bundle.stages) == {"semantic", "coarse", "fine"}


@pytest.mark.slow
def test_kill_9_in_features_and_in_a_stage_changes_nothing(trained: Path, tmp_path: Path) -> None:
    """Catches a killed run that starts over, or that ends with other figures than an uninterrupted one."""
    project = make_project(tmp_path / "project")
    words = ("kedro", "run", "--pipeline", "train", "--env", "test")
    kill_when(project, words, lambda: any((project / DATA / "04_feature").glob("*/shard-*")))
    kept = _written(project)
    kill_when(project, words, lambda: any((project / DATA / "06_models").rglob("last.ckpt")))
    assert {name: when for name, when in _written(project).items() if name in kept and "shard-" in name} == {
        name: when for name, when in kept.items() if "shard-" in name
    }
    run(project, *words)
    resumed, straight = _figures(project), _figures(trained)
    assert resumed == straight
    assert all(math.isfinite(value) for stage in resumed.values() for value in stage.values())
