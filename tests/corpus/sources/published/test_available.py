"""From an index, a folder and a ledger to source videos and the quarantine table."""

import logging
from pathlib import Path

import pytest
from tests.support.corpus_videos import make_video, tone

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.sources import collect
from v2meow_pipeline.corpus.sources.published.ledger import NAME, Entry, Ledger, Status, read_ledger
from v2meow_pipeline.errors import ConfigError

HERE, GONE, BUSY, NEVER = "aaaaaaaaaaa", "-bbbbbbbbbb", "ccccccccccc", "ddddddddddd"


def entry(item_id: str, status: Status, reason: str = "") -> Entry:
    return Entry(id=item_id, status=status, reason=reason, when="2026-01-01T00:00:00+00:00")


def index(folder: Path, *ids: str) -> dict[str, object]:
    (folder / "index.csv").write_text("id,genre,caption\n" + "".join(f"{one},pop,A song.\n" for one in ids))
    return {
        "source": "mv100k",
        "index": str(folder / "index.csv"),
        "path": str(folder / "videos"),
        "licence": "uploader's",
    }


def test_what_is_not_here_is_in_quarantine_with_its_reason(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Catches dead links that vanish in silence, and a table with a row for each of 110,000 videos never asked for."""
    make_video(tmp_path / "videos" / f"{HERE}.mp4", 10.0, tone(10.0))
    ledger = Ledger(tmp_path / "videos")
    ledger.record(entry(GONE, "gone", "removed by the uploader"))
    ledger.record(entry(BUSY, "failed", "no answer"))
    with caplog.at_level(logging.WARNING):
        videos = collect(index(tmp_path, HERE, GONE, BUSY, NEVER), tmp_path)
    assert "1 of the 4 videos of mv100k were never downloaded" in caplog.text
    manifest, quarantine = build_tables(videos, IngestConfig(), Clock(), tmp_path / "memory")
    row = manifest.iloc[0]
    assert (row["source_id"], row["corpus"], row["genre"]) == (f"mv100k-{HERE}", "mv100k", "pop")
    assert (row["caption"], row["licence"]) == ("A song.", "uploader's")
    reasons = dict(zip(quarantine["source_id"], quarantine["reason"], strict=True))
    assert reasons == {f"mv100k-{GONE}": "gone", f"mv100k-{BUSY}": "download_failed"}
    assert quarantine["detail"].str.contains("removed by the uploader").any()
    make_video(tmp_path / "videos" / f"{BUSY}.mp4", 10.0, tone(10.0, 300))
    _, later = build_tables(
        collect(index(tmp_path, HERE, GONE, BUSY), tmp_path), IngestConfig(), Clock(), tmp_path / "memory"
    )
    assert list(later["source_id"]) == [f"mv100k-{GONE}"], "what has come is no longer missing"


def test_nothing_downloaded_says_what_to_run(tmp_path: Path) -> None:
    """Catches an empty manifest, hours later."""
    with pytest.raises(ConfigError, match=r"None of the 2 videos .* download --corpus mv100k"):
        collect(index(tmp_path, HERE, GONE), tmp_path)


def test_the_last_line_of_a_video_counts(tmp_path: Path) -> None:
    """Catches a ledger that grows with each run, and one that a half-written line makes unreadable."""
    ledger = Ledger(tmp_path)
    for status in ("failed", "rate_limited", "ok"):
        ledger.record(entry(HERE, status))
    with (tmp_path / NAME).open("a") as file:
        file.write('{"id": "hal')
    assert {key: one.status for key, one in read_ledger(tmp_path).items()} == {HERE: "ok"}
    Ledger(tmp_path).record(entry(GONE, "gone"))
    assert (tmp_path / NAME).read_text().count("\n") == 2
    assert set(read_ledger(tmp_path)) == {HERE, GONE}


def test_a_damaged_ledger_is_told_with_its_line(tmp_path: Path) -> None:
    """Catches a ledger whose damaged half is dropped, so that everything is downloaded anew."""
    Ledger(tmp_path).record(entry(HERE, "ok"))
    (tmp_path / NAME).write_text("garbage\n" + (tmp_path / NAME).read_text())
    with pytest.raises(ConfigError, match=r"downloads\.jsonl, line 1"):
        Ledger(tmp_path)
