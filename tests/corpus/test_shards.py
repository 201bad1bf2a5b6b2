"""Shards are complete or not there: kills, truncation, strangers, full disks and two runs at once."""

import json
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import shard_jobs
from tests.support.small_disk import small_disk

from v2meow_pipeline.corpus.shards import ShardReader, ShardWriter, fill, fill_rows
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.parallel import SERIAL, Processes


@pytest.fixture
def store(tmp_path: Path) -> Path:
    fill(shard_jobs.writer_for(tmp_path / "store"), shard_jobs.compute, SERIAL, "shards")
    return tmp_path / "store"


def contents(root: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(root.glob("*"))}


def mtimes(root: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in root.glob("shard-*")}


def start_filling(root: Path, workers: int) -> subprocess.Popen[bytes]:
    command = [sys.executable, shard_jobs.__file__, str(root), str(workers)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def wait_for_shards(root: Path, count: int) -> None:
    deadline = time.monotonic() + 60
    while len(list(root.glob("shard-*"))) < count:
        assert time.monotonic() < deadline, "no shard appeared"
        time.sleep(0.02)


def test_reads_back_what_was_written_in_any_order(store: Path) -> None:
    reader = ShardReader(store)
    asked = ["clip-017", "clip-000", "clip-023"]
    stacked = reader.stack("tokens", asked)
    assert stacked.dtype == np.int16 and stacked.shape == (3, 50)
    assert stacked[:, 0].tolist() == [1700, 0, 2300]
    assert reader.read("clip-005", "features").shape == (50, 1)
    assert reader.names == ("features", "tokens") and list(reader.clip_ids) == shard_jobs.CLIP_IDS
    assert reader.stack("tokens", []).shape == (0, 50)


@given(clips=st.integers(0, 20), per_shard=st.integers(1, 7))
def test_every_clip_survives_every_way_to_cut_the_store(
    tmp_path_factory: pytest.TempPathFactory, clips: int, per_shard: int
) -> None:
    """A last, shorter shard must neither be dropped nor padded."""
    root = tmp_path_factory.mktemp("store")
    writer = ShardWriter(root, [str(i) for i in range(clips)], "f", per_shard)
    for shard in writer.shards:
        writer.write(shard, {"x": np.array([[int(c)] for c in shard.clip_ids], np.int16)})
    writer.finish()
    reader = ShardReader(root)
    assert [reader.read(c, "x")[0] for c in reader.clip_ids] == list(range(clips))


@pytest.mark.parametrize("workers", [1, 2])
def test_killed_run_resumes_without_redoing_complete_shards(tmp_path: Path, store: Path, workers: int) -> None:
    """kill -9 in the middle must cost at most the shards under way, and change no byte of the result."""
    root = tmp_path / "killed"
    process = start_filling(root, workers)
    wait_for_shards(root, 2)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert not (root / "index.json").exists(), "an unfinished store calls itself complete"
    with pytest.raises(V2MeowError, match="no complete shard store"):
        ShardReader(root)
    before = mtimes(root)
    assert 2 <= len(before) < 6
    fill(shard_jobs.writer_for(root), shard_jobs.compute, SERIAL, "shards")
    after = mtimes(root)
    assert {name: after[name] for name in before} == before
    assert {k: v for k, v in contents(root).items() if not k.endswith(".partial")} == contents(store)


def test_two_processes_filling_at_once_end_in_a_valid_store(tmp_path: Path, store: Path) -> None:
    root = tmp_path / "shared"
    both = [start_filling(root, 1) for _ in range(2)]
    assert [process.wait(timeout=90) for process in both] == [0, 0]
    assert contents(root) == contents(store)


@pytest.mark.parametrize("kept", [0, 5, 0.5, -1])
def test_truncated_shard_is_refused_then_recomputed(store: Path, kept: float) -> None:
    """A copy that broke off must not be read as data."""
    path = store / "shard-00001.safetensors"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * kept) if isinstance(kept, float) else kept])
    with pytest.raises(StaleError, match=r"shard-00001\.safetensors is missing or damaged.*Rerun"):
        ShardReader(store).read("clip-004", "tokens")
    assert ShardReader(store).read("clip-000", "tokens")[1] == 1, "the other shards stay readable"
    assert [shard.index for shard in shard_jobs.writer_for(store).missing()] == [1]
    fill(shard_jobs.writer_for(store), shard_jobs.compute, SERIAL, "shards")
    assert path.read_bytes() == whole


def test_shard_of_another_configuration_is_never_read(store: Path) -> None:
    """A store whose files were half replaced by a run with other parameters must not mix both."""
    reader = ShardReader(store)
    other = shard_jobs.writer_for(store, "made-from-something-else")
    assert len(other.missing()) == 6
    other.write(other.shards[0], shard_jobs.compute(other.shards[0]))
    with pytest.raises(StaleError, match="replaced"):
        reader.read("clip-000", "tokens")
    with pytest.raises(V2MeowError, match="no complete shard store"):
        ShardReader(store)
    with pytest.raises(StaleError, match="5 of 6 shards"):
        other.finish()


def test_shard_with_other_clips_is_never_read(store: Path) -> None:
    """The manifest changed: file 0 has the right name and configuration, and the wrong clips."""
    changed = ShardWriter(store, shard_jobs.CLIP_IDS[1:], "made-from-this", clips_per_shard=4)
    assert len(changed.missing()) == 6
    assert not changed.is_complete() and shard_jobs.writer_for(store).is_complete()


def test_changed_content_makes_only_its_shard_stale(tmp_path: Path) -> None:
    def planned(contents: list[str]) -> ShardWriter:
        return ShardWriter(tmp_path, shard_jobs.CLIP_IDS, "f", 4, contents)

    first = planned(["old"] * 24)
    fill(first, shard_jobs.compute, SERIAL, "shards")
    second = planned(["old"] * 10 + ["new"] + ["old"] * 13)
    assert [shard.index for shard in second.missing()] == [2]
    assert first.fingerprint != second.fingerprint, "what is trained on the store would not notice"


def test_smaller_store_leaves_no_shard_of_the_larger_one(store: Path) -> None:
    smaller = ShardWriter(store, shard_jobs.CLIP_IDS[:8], "made-from-this", clips_per_shard=4)
    assert smaller.missing() == [], "shards that stay the same are kept"
    smaller.finish()
    assert sorted(path.name for path in store.glob("shard-*")) == ["shard-00000.safetensors", "shard-00001.safetensors"]
    assert ShardReader(store).clip_ids == tuple(shard_jobs.CLIP_IDS[:8])


def test_complete_store_is_not_touched_again(store: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in store.iterdir()}
    fill(shard_jobs.writer_for(store), shard_jobs.compute, SERIAL, "shards")
    assert {path: path.stat().st_mtime_ns for path in store.iterdir()} == before


def test_leftovers_of_killed_runs_go_and_those_of_living_ones_stay(store: Path) -> None:
    """Without it every kill leaves a file for ever; with too much of it two runs delete each other's work."""
    abandoned, living = store / ".a.partial", store / ".b.partial"
    abandoned.touch()
    living.touch()
    os.utime(abandoned, (0, 0))
    shard_jobs.writer_for(store).finish()
    assert not abandoned.exists() and living.exists()


def test_unknown_clips_and_arrays_are_named(store: Path) -> None:
    reader = ShardReader(store)
    with pytest.raises(StaleError, match="no clip 'clip-999'"):
        reader.read("clip-999", "tokens")
    with pytest.raises(V2MeowError, match=r"no array 'audio'; it has features, tokens"):
        reader.stack("audio", [])


def test_index_cut_short_by_a_crash_counts_as_absent(store: Path) -> None:
    index = store / "index.json"
    index.write_bytes(index.read_bytes()[:40])
    with pytest.raises(V2MeowError, match="no complete shard store"):
        ShardReader(store)
    fill(shard_jobs.writer_for(store), shard_jobs.compute, SERIAL, "shards")
    assert json.loads(index.read_text())["shards"]


def test_nan_never_enters_a_store(tmp_path: Path) -> None:
    """One NaN feature makes every later loss NaN; the clip must be named where it arises."""
    writer = shard_jobs.writer_for(tmp_path)
    features = np.zeros((4, 2), np.float32)
    features[2, 1] = np.nan
    with pytest.raises(V2MeowError, match=r"1 clips is not finite: clip-002"):
        writer.write(writer.shards[0], {"features": features})
    with pytest.raises(V2MeowError, match="must have 4 clips"):
        writer.write(writer.shards[0], {"features": np.zeros((3, 2))})
    assert not list(tmp_path.iterdir())


def test_reader_travels_to_other_processes(store: Path) -> None:
    """Open files cannot be pickled; data loaders send the reader to their workers."""
    reader = ShardReader(store)
    reader.read("clip-000", "tokens")
    assert pickle.loads(pickle.dumps(reader)).read("clip-001", "tokens")[0] == 100


def rows_compute(rows: pd.DataFrame) -> dict[str, np.ndarray]:
    return {"x": rows["value"].to_numpy(np.float32)}


def test_rows_reach_the_shard_of_their_clip(tmp_path: Path) -> None:
    """The table may be in another order than the store."""
    rows = pd.DataFrame({"clip_id": shard_jobs.CLIP_IDS[::-1], "value": np.arange(24)[::-1]})
    fill_rows(shard_jobs.writer_for(tmp_path), rows, rows_compute, Processes(2), "rows")
    assert ShardReader(tmp_path).stack("x", shard_jobs.CLIP_IDS).tolist() == list(range(24))


def test_full_disk_says_so_and_leaves_no_half_file(tmp_path: Path) -> None:
    folder = tmp_path / "small"
    with small_disk(folder, "256k"):
        writer = ShardWriter(folder, ["a", "b"], "f", 1)
        writer.write(writer.shards[0], {"x": np.zeros((1, 1000), np.float32)})
        with pytest.raises(V2MeowError, match=r"0\.8 MB\) cannot be written.*[Ss]pace.*Free space"):
            writer.write(writer.shards[1], {"x": np.zeros((1, 200_000), np.float32)})
        assert [path.name for path in folder.iterdir()] == ["shard-00000.safetensors"]
        assert [shard.index for shard in writer.missing()] == [1]
