"""The paper's protocol on AIST++, by the commands of docs/how-to/datasets.md, on stand-ins for its dances."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from tests.support.project import make_project, run

from v2meow_pipeline.media.cut import cut_video

pytestmark = [pytest.mark.xdist_group("trained"), pytest.mark.slow]
SOURCE, DATA = Path("data/01_raw/aistpp"), Path("data/aistpp")
# Segments of 2 s of two dances that last 5 and 4 s.
SECONDS, SEGMENTS = (5.0, 4.0), 4
HERE = (
    "backend=local,ingest.workers=1,features.workers=1,tokens.workers=1,evaluate.metrics.workers=1,generate.samples=2"
)
NODES = "extract_visual,extract_trunk,embed_clips,embed_music_text,encode_clips"


@pytest.fixture
def project(trained: Path, tmp_path: Path) -> Path:
    """A project with models that were trained on something else, and two dances."""
    project = make_project(tmp_path / "project")
    shutil.copytree(trained / "data/test/06_models", project / DATA / "06_models")
    (project / SOURCE / "splits").mkdir(parents=True)
    videos = sorted((trained / "data/test/01_raw/videos/test-iid").glob("*.mp4"))
    names = [f"gBR_sBM_cAll_d04_mBR{number}_ch0{number + 1}" for number in range(len(SECONDS))]
    for video, name, lasts_s in zip(videos, names, SECONDS, strict=False):
        cut_video(video, 0.0, lasts_s, project / SOURCE / f"{name.replace('cAll', 'c01')}.mp4")
    (project / SOURCE / "splits/crossmodal_test.txt").write_text("\n".join(names) + "\n")
    return project


def test_the_protocol_runs_as_written(project: Path) -> None:
    """Catches commands that stop for want of training clips, segments scored with the silence behind them, and samples
    that are counted as segments."""
    for words in (("--pipelines", "ingest"), ("--nodes", NODES), ("--pipeline", "evaluate")):
        run(project, "kedro", "run", "--env", "aistpp", *words, "--params", HERE)
    metrics = json.loads((project / DATA / "08_reporting/metrics.json").read_text())
    rows = {(row["system"], row["metric"]): row for row in metrics["summary"]}
    assert metrics["n_clips"] == rows["v2meow", "diversity_seeds_speech_embedding"]["n"] == SEGMENTS
    # A metronome sounds in every second: it would cover a fifth of ten.
    assert rows["click_track", "beat_coverage_adjusted"]["value"] > 90
    assert not {"nearest_training_clip", "genre_prior"} & {system for system, _ in rows}
    assert any("trained on" in note for note in metrics["notes"])
    clips = pd.read_parquet(project / DATA / "07_model_output/evaluation_clips.parquet")
    assert (clips["end_s"] - clips["start_s"]).between(1.5, 2.1).all()
