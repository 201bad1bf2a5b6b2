"""Shard store: a directory of shard files with an index, written resumably and read clip by clip.

`index.json` is written last and marks the store as complete. It lists all shards; other files are never read.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import fingerprint as fingerprint_of
from v2meow_pipeline.corpus.shard_file import Shard, common_layout, is_whole, open_whole, write_shard
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.parallel import MapExecutor

__all__ = ["Shard", "ShardReader", "ShardWriter", "fill", "fill_rows"]

Arrays: TypeAlias = dict[str, np.ndarray]

INDEX_NAME = "index.json"
CLIPS_PER_SHARD = 32
OPEN_SHARDS = 16
# Younger temporary files may belong to another process that is writing the same store.
ABANDONED_AFTER_S = 3600.0


class ShardWriter:
    """Writer of a shard store: plans its shards, finds missing ones, writes them and finishes the store.

    Several processes may write the same store at once: shards are written atomically, and the last writer wins.

    Attributes:
        root: directory of the store.
        shards: all planned shards, by index.
        fingerprint: fingerprint of the store's configuration, clips and contents, equal to `ShardReader.fingerprint`
            of the finished store.
    """

    def __init__(
        self,
        root: Path,
        clip_ids: Sequence[str],
        fingerprint: str,
        clips_per_shard: int = CLIPS_PER_SHARD,
        contents: Sequence[str] | None = None,
    ) -> None:
        """Plans a store.

        Args:
            root: directory that holds nothing else.
            clip_ids: unique ids of all clips, in storage order.
            fingerprint: fingerprint of the configuration that the arrays depend on; a change invalidates every shard.
            clips_per_shard: number of clips in each shard except the last.
            contents: content key of each clip, such as the hash of its file; a change invalidates only its shard.

        Raises:
            V2MeowError: if a clip id occurs twice.
        """
        if len(set(clip_ids)) != len(clip_ids):
            raise V2MeowError(f"Clip ids for {root} are not unique.", "Give each clip a unique id.")
        self.root = root
        self.fingerprint = fingerprint_of(fingerprint, list(clip_ids), list(contents or ()))
        self.shards = tuple(_plan(clip_ids, fingerprint, clips_per_shard, contents))

    def missing(self) -> list[Shard]:
        """Shards that are absent, truncated or stale.

        Returns:
            Shards to compute, by index.
        """
        return [shard for shard in self.shards if not is_whole(self.root, shard)]

    def write(self, shard: Shard, arrays: Mapping[str, np.ndarray]) -> None:
        """Writes one shard atomically.

        Args:
            shard: one of `shards`.
            arrays: finite arrays by name, with the clips of the shard on the first axis.
        """
        _write(self.root, shard, arrays)

    def finish(self) -> None:
        """Writes the index, and removes obsolete shards and abandoned temporary files.

        Raises:
            StaleError: if a shard is missing, or another process has begun to write other content.
        """
        missing = self.missing()
        if missing:
            raise StaleError(
                f"{len(missing)} of {len(self.shards)} shards of {self.root} are missing or were replaced.",
                "Make sure that only one run writes there, and rerun.",
            )
        index = {
            "fingerprint": self.fingerprint,
            "arrays": common_layout(self.root, self.shards),
            "shards": [{"clip_ids": list(shard.clip_ids), "fingerprint": shard.fingerprint} for shard in self.shards],
        }
        if _read_index(self.root) != index:
            write_text(self.root / INDEX_NAME, json.dumps(index, ensure_ascii=False))
        self._remove_leftovers()

    def is_complete(self) -> bool:
        """Whether this store already exists, complete and up to date."""
        index = _read_index(self.root)
        return index is not None and index["fingerprint"] == self.fingerprint and not self.missing()

    def _remove_leftovers(self) -> None:
        wanted = {shard.file_name for shard in self.shards}
        for path in self.root.glob("shard-*.safetensors"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        for path in self.root.glob(".*.partial"):
            with suppress(FileNotFoundError):  # another process may rename or remove it concurrently
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
                    path.unlink(missing_ok=True)


class ShardReader:
    """Reader of a complete shard store. Pickles as its path, so it can be sent to other processes.

    Attributes:
        root: directory of the store.
        fingerprint: fingerprint of the store's configuration, clips and contents.
        clip_ids: ids of all clips, in storage order.
        names: names of the arrays.
        layout: dtype and per-clip shape of each array, such as {"audio": ("int16", (160000,))}.
    """

    def __init__(self, root: Path) -> None:
        """Opens a store.

        Args:
            root: directory of the store.

        Raises:
            V2MeowError: if there is no complete store.
        """
        index = _read_index(root)
        if index is None:
            raise V2MeowError(f"There is no complete shard store in {root}.", "Run the step that writes it.")
        self.root = root
        self.fingerprint: str = index["fingerprint"]
        self._shards = [Shard(i, tuple(s["clip_ids"]), s["fingerprint"]) for i, s in enumerate(index["shards"])]
        self.layout = {name: (dtype, tuple(shape)) for name, (dtype, shape) in sorted(index["arrays"].items())}
        self.clip_ids = tuple(clip_id for shard in self._shards for clip_id in shard.clip_ids)
        self.names = tuple(self.layout)
        self._locations = {c: (s.index, row) for s in self._shards for row, c in enumerate(s.clip_ids)}
        self._open = lru_cache(maxsize=OPEN_SHARDS)(self._open_shard)

    def __reduce__(self) -> tuple[type["ShardReader"], tuple[Path]]:
        """Pickles the path only, not the open files."""
        return type(self), (self.root,)

    def __contains__(self, clip_id: object) -> bool:
        """Whether the store contains this clip."""
        return clip_id in self._locations

    def read(self, clip_id: str, name: str) -> np.ndarray:
        """Reads one array of one clip, and no other data.

        Args:
            clip_id: one of `clip_ids`.
            name: one of `names`.

        Returns:
            Array without the clip axis.

        Raises:
            StaleError: if the store lacks the clip, or its shard was replaced or damaged since.
            V2MeowError: if the store has no array of this name.
        """
        self._check_name(name)
        if clip_id not in self._locations:
            raise StaleError(f"{self.root} has no clip {clip_id!r}.", "Rerun the step that writes it.")
        index, row = self._locations[clip_id]
        return np.asarray(self._open(index).get_slice(name)[row])

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        """Reads one array of several clips.

        Args:
            name: one of `names`.
            clip_ids: ids of clips of the store, in any order.

        Returns:
            Stacked arrays, with the clips on the first axis.
        """
        self._check_name(name)
        dtype, shape = self.layout[name]
        stacked = np.empty((len(clip_ids), *shape), dtype)
        for row, clip_id in enumerate(clip_ids):
            stacked[row] = self.read(clip_id, name)
        return stacked

    def _open_shard(self, index: int) -> Any:
        return open_whole(self.root, self._shards[index])

    def _check_name(self, name: str) -> None:
        if name not in self.layout:
            held = ", ".join(self.names) or "no arrays"
            raise V2MeowError(f"{self.root} has no array {name!r}; it has {held}.", "Rerun the step that writes it.")


def fill(writer: ShardWriter, compute: Callable[[Shard], Arrays], executor: MapExecutor, description: str) -> None:
    """Computes and writes the missing shards of a store, then marks the store complete.

    An interrupted run resumes at the first missing shard; for a complete store only the headers are read.

    Args:
        writer: writer of the store.
        compute: function from a shard to its arrays, with the clips on the first axis; picklable, that is importable
            by name or a partial of such a function.
        executor: runs the work in this process, in several processes, or on Ray.
        description: for the progress bar.
    """
    jobs = [(shard, shard) for shard in writer.missing()]
    _fill(writer, jobs, compute, executor, description)


def fill_rows(
    writer: ShardWriter,
    rows: pd.DataFrame,
    compute: Callable[[pd.DataFrame], Arrays],
    executor: MapExecutor,
    description: str,
) -> None:
    """Like `fill`, but computes the arrays of a shard from the table rows of its clips.

    Args:
        writer: writer of the store.
        rows: table with a column `clip_id` that contains every clip of the store once.
        compute: function from the rows of a shard's clips, in shard order, to its arrays; picklable, as in `fill`.
        executor: runs the work in this process, in several processes, or on Ray; each task receives its rows only.
        description: for the progress bar.
    """
    by_clip = rows.set_index("clip_id", drop=False)
    jobs = [(shard, by_clip.loc[list(shard.clip_ids)].reset_index(drop=True)) for shard in writer.missing()]
    _fill(writer, jobs, compute, executor, description)


def _fill(
    writer: ShardWriter,
    jobs: Sequence[tuple[Shard, Any]],
    compute: Callable[[Any], Arrays],
    executor: MapExecutor,
    description: str,
) -> None:
    for _ in executor(partial(_fill_one, writer.root, compute), jobs, description):
        pass
    writer.finish()


def _fill_one(root: Path, compute: Callable[[Any], Arrays], job: tuple[Shard, Any]) -> None:
    shard, work = job
    _write(root, shard, compute(work))


def _plan(
    clip_ids: Sequence[str], fingerprint: str, clips_per_shard: int, contents: Sequence[str] | None
) -> Iterator[Shard]:
    for index, start in enumerate(range(0, len(clip_ids), clips_per_shard)):
        held = slice(start, start + clips_per_shard)
        made_from = fingerprint if contents is None else fingerprint_of(fingerprint, list(contents[held]))
        yield Shard(index, tuple(clip_ids[held]), made_from)


def _write(root: Path, shard: Shard, arrays: Mapping[str, np.ndarray]) -> None:
    _drop_foreign_index(root, shard)
    write_shard(root, shard, arrays)


def _read_index(root: Path) -> dict[str, Any] | None:
    """Index of a complete store; None if it is missing, or truncated by a system crash."""
    try:
        return json.loads((root / INDEX_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _drop_foreign_index(root: Path, shard: Shard) -> None:
    """Removes the index of an older store that does not list this shard, since writing it makes that one incomplete."""
    index = _read_index(root)
    if index is None:
        return
    listed = index["shards"][shard.index : shard.index + 1]
    if listed != [{"clip_ids": list(shard.clip_ids), "fingerprint": shard.fingerprint}]:
        (root / INDEX_NAME).unlink(missing_ok=True)
