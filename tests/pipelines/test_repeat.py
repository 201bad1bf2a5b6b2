"""`kedro run --pipeline evaluate` twice, apart from each other: the same seed, the same numbers."""

import filecmp
import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.project import run

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.generate import MODEL, WITHOUT_VIDEO

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
DATA = Path("data/test")
REPORTED, GENERATED = DATA / "08_reporting", DATA / "07_model_output/generated"
SPLITS = {"test-iid": 3, "val": 2}
SEEDS = "diversity_seeds_speech_embedding"


@pytest.fixture(scope="module")
def evaluated(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The trained project in two places, each evaluated on two splits with two samples a clip."""
    return [_evaluate(trained, tmp_path_factory.mktemp("repeat") / name) for name in ("one", "another-place")]


def _evaluate(trained: Path, project: Path) -> Path:
    # What an evaluation leaves behind stays out, so that all of it is made again.
    shutil.copytree(trained, project, ignore=shutil.ignore_patterns("07_model_output", "08_reporting", "mlruns"))
    settings = project / "conf/test/parameters/test.yml"
    text = settings.read_text()
    text = text.replace("evaluation_clips: {", f"evaluation_clips: {{splits: [{', '.join(SPLITS)}], ")
    settings.write_text(text.replace("generate: {", "generate: {samples: 2, "))
    run(project, "kedro", "run", "--pipeline", "evaluate", "--env", "test")
    return project


def _metrics(project: Path) -> dict:
    return json.loads((project / REPORTED / "metrics.json").read_text())


def test_two_runs_with_one_seed_give_the_same_numbers(evaluated: list[Path]) -> None:
    """Catches a draw without a seed, an order that a file system or a hash decides, and a path that decides."""
    one, other = (_metrics(project) for project in evaluated)
    assert one == other and one["n_clips"] == sum(SPLITS.values())
    for name in ("metrics_flat.json", "metrics_by_genre.csv", "metrics_by_split.csv", "bias.csv", "report/by_clip.csv"):
        assert filecmp.cmp(*(project / REPORTED / name for project in evaluated), shallow=False), name
    first, again = (ShardReader(project / GENERATED) for project in evaluated)
    for name in first.names:
        assert np.array_equal(first.stack(name, first.clip_ids), again.stack(name, first.clip_ids)), name


def test_more_samples_and_clips_leave_the_first_music_as_it_was(trained: Path, evaluated: list[Path]) -> None:
    """Catches a first sample that depends on how many follow, and a second one that is the first again."""
    before, now = ShardReader(trained / GENERATED), ShardReader(evaluated[0] / GENERATED)
    assert set(now.names) == {MODEL, f"{MODEL}.1", WITHOUT_VIDEO, f"{WITHOUT_VIDEO}.1"}
    for name in before.names:
        assert np.array_equal(now.stack(name, before.clip_ids), before.stack(name, before.clip_ids))
    for clip_id in now.clip_ids:
        assert not np.array_equal(now.read(clip_id, MODEL), now.read(clip_id, f"{MODEL}.1"))


def test_samples_and_splits_reach_every_table(evaluated: list[Path]) -> None:
    """Catches diversity between seeds, or a split, that no table shows, and samples taken for systems."""
    metrics, folder = _metrics(evaluated[0]), evaluated[0] / REPORTED
    rows = [row for row in metrics["summary"] if row["metric"] == SEEDS]
    assert {row["system"] for row in rows} == {MODEL, WITHOUT_VIDEO}
    assert all(row["n"] == 5 and row["low"] <= row["value"] <= row["high"] for row in rows)
    assert set(metrics["by_split"]) == set(SPLITS)
    by_split = pd.read_csv(folder / "metrics_by_split.csv")
    assert by_split.groupby("split")["n"].max().to_dict() == SPLITS
    assert {SEEDS, "beat_f1_adjusted", "fad_speech_embedding"} <= set(by_split["metric"])
    by_clip = pd.read_csv(folder / "report/by_clip.csv")
    assert not by_clip["system"].str.endswith(".1").any() and by_clip.groupby("system").size().eq(5).all()
    assert by_clip.loc[by_clip["system"] == MODEL, SEEDS].notna().all()
    for name in ("report/tables.md", "report/index.html"):
        text = (folder / name).read_text().replace("<wbr>", "")
        assert SEEDS in text and all(f"{split}, {count} clips" in text for split, count in SPLITS.items())
