"""`v2meow download`, from an index to the manifest."""

from pathlib import Path

import pandas as pd
import pytest
from tests.support.corpus_videos import make_video, tone
from tests.support.project import make_project, run
from tests.support.video_server import serving_videos

NAMES = [f"gBR_sBM_cAll_d04_mBR{piece}_ch01" for piece in range(4)]


def test_a_dataset_is_downloaded_and_cut_into_clips(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches parameters that the command and the pipeline read differently, and a dead link that stops either."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    project = make_project(tmp_path / "project")
    (project / "splits").mkdir()
    for part, names in (("train", NAMES[:2]), ("val", NAMES[2:3]), ("test", NAMES[3:])):
        (project / f"splits/crossmodal_{part}.txt").write_text("\n".join(names))
    with serving_videos() as server:
        (project / "conf/local/parameters.yml").write_text(
            "{backend: local, corpus: {source: aistpp, aistpp: {index: splits, "
            f"base_url: '{server.url}/v', download: {{requests_per_minute: 6000}}}}}}}}"
        )
        for number, name in enumerate(NAMES):
            if number != 1:
                path = make_video(tmp_path / f"{number}.mp4", 10.0, tone(10.0, 300 + 50 * number), 40 * number)
                server.put(f"/v/{name.replace('cAll', 'c01')}.mp4", path.read_bytes())
        told = run(project, "v2meow", "download", "--corpus", "aistpp", "--index", "splits")
    assert "3 new videos in data/01_raw/aistpp; of the index: 1 gone, 3 ok." in told
    assert "1 x gone: " in told and "404" in told and "source: aistpp" in told
    run(project, "kedro", "run", "--pipelines", "ingest")
    manifest = pd.read_parquet(project / "data/02_intermediate/clip_manifest.parquet")
    assert sorted(manifest["split"]) == ["test-iid", "train", "val"]
    assert sorted(manifest["tempo_bpm"]) == [80.0, 100.0, 110.0]
    quarantine = pd.read_parquet(project / "data/02_intermediate/quarantine.parquet")
    assert list(quarantine["reason"]) == ["gone"]


def test_mistakes_are_one_line(tmp_path: Path) -> None:
    """Catches a traceback for a typing error."""
    project = make_project(tmp_path / "project")
    told = run(project, "v2meow", "download", "--corpus", "musicaps", code=2)
    assert told.startswith("v2meow: There is no published corpus 'musicaps'.") and told.count("\n") == 1
    told = run(project, "v2meow", "download", "--corpus", "aistpp", "--index", "none", code=2)
    assert "There is no index none" in told and told.count("\n") == 1


def test_the_help_teaches(tmp_path: Path) -> None:
    """Catches a help that names options and says nothing."""
    told = run(make_project(tmp_path / "project"), "v2meow", "download", "--help")
    for word in ("--retry-gone", "downloads.jsonl", "quarantine", "datasets.md", "--corpus musiccaps"):
        assert word in told
