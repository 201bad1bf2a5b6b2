"""A store of shards: complete or not there, resumed shard by shard, read clip by clip.

`index.json` is written last: it is the mark that the store is complete, and the only list of what is in it. Files
that it does not name are never read.
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
# Younger ones may belong to another process that is filling the same store.
ABANDONED_AFTER_S = 3600.0


class ShardWriter:
    """A store in the making: which shards it will have, which are still missing, and where they go.

    Several processes may write the same store at once: each shard appears whole, and the last one to appear wins.

    Attributes:
        root: the folder.
        shards: all of them, by index.
        fingerprint: of the whole store, its configuration, clips and contents: what `ShardReader.fingerprint` of the
            finished one will be.
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
            root: a folder that holds nothing else.
            clip_ids: of all clips, unique, in the order in which they are to be stored.
            fingerprint: of the configuration that makes the arrays; another one makes every shard stale.
            clips_per_shard: clips in each file but the last.
            contents: what each clip is made of, such as the hash of its file; a change makes only its shard stale.

        Raises:
            V2MeowError: when a clip id comes twice.
        """
        if len(set(clip_ids)) != len(clip_ids):
            raise V2MeowError(f"Clips for {root} come more than once.", "Give each clip an id of its own.")
        self.root = root
        self.fingerprint = fingerprint_of(fingerprint, list(clip_ids), list(contents or ()))
        self.shards = tuple(_plan(clip_ids, fingerprint, clips_per_shard, contents))

    def missing(self) -> list[Shard]:
        """The shards that are absent, truncated, or made from something else.

        Returns:
            What is to be computed, by index.
        """
        return [shard for shard in self.shards if not is_whole(self.root, shard)]

    def write(self, shard: Shard, arrays: Mapping[str, np.ndarray]) -> None:
        """Writes one shard, atomically.

        Args:
            shard: one of `shards`.
            arrays: by name, a clip of the shard on the first axis; all finite (else, and on a full disk, V2MeowError).
        """
        _write(self.root, shard, arrays)

    def finish(self) -> None:
        """Marks the store complete and removes shards and half-written files that it no longer needs.

        Raises:
            StaleError: when a shard is missing, or another process has begun to write other content.
        """
        missing = self.missing()
        if missing:
            raise StaleError(
                f"{len(missing)} of {len(self.shards)} shards of {self.root} are missing or were replaced.",
                "Let only one run write there, and run it again.",
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
        """Whether exactly this store is there already, whole."""
        index = _read_index(self.root)
        return index is not None and index["fingerprint"] == self.fingerprint and not self.missing()

    def _remove_leftovers(self) -> None:
        wanted = {shard.file_name for shard in self.shards}
        for path in self.root.glob("shard-*.safetensors"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)
        for path in self.root.glob(".*.partial"):
            with suppress(FileNotFoundError):  # another run may finish it meanwhile
                if time.time() - path.stat().st_mtime > ABANDONED_AFTER_S:
                    path.unlink(missing_ok=True)


class ShardReader:
    """A complete store, read clip by clip. It can be sent to other processes: only its path travels.

    Attributes:
        root: the folder.
        fingerprint: of what made the store.
        clip_ids: all clips, in the order of the store.
        names: of the arrays.
        layout: dtype and shape of one clip of each array, such as {"audio": ("int16", (160000,))}.
    """

    def __init__(self, root: Path) -> None:
        """Opens a store.

        Args:
            root: the folder.

        Raises:
            V2MeowError: when there is none, or it was not finished.
        """
        index = _read_index(root)
        if index is None:
            raise V2MeowError(f"There is no complete store of shards in {root}.", "Run the step that writes it.")
        self.root = root
        self.fingerprint: str = index["fingerprint"]
        self._shards = [Shard(i, tuple(s["clip_ids"]), s["fingerprint"]) for i, s in enumerate(index["shards"])]
        self.layout = {name: (dtype, tuple(shape)) for name, (dtype, shape) in sorted(index["arrays"].items())}
        self.clip_ids = tuple(clip_id for shard in self._shards for clip_id in shard.clip_ids)
        self.names = tuple(self.layout)
        self._places = {c: (s.index, row) for s in self._shards for row, c in enumerate(s.clip_ids)}
        self._open = lru_cache(maxsize=OPEN_SHARDS)(self._open_shard)

    def __reduce__(self) -> tuple[type["ShardReader"], tuple[Path]]:
        """Open files stay behind when the reader goes to another process."""
        return type(self), (self.root,)

    def __contains__(self, clip_id: object) -> bool:
        """Whether the store has this clip."""
        return clip_id in self._places

    def read(self, clip_id: str, name: str) -> np.ndarray:
        """One array of one clip; only its bytes are read.

        Args:
            clip_id: one of `clip_ids`.
            name: one of `names`.

        Returns:
            The array, without the clip axis.

        Raises:
            StaleError: when the store lacks the clip, or its shard was replaced or damaged since.
            V2MeowError: when the store has no array of this name.
        """
        self._check_name(name)
        if clip_id not in self._places:
            raise StaleError(f"{self.root} has no clip {clip_id!r}.", "Run the step that writes it again.")
        index, row = self._places[clip_id]
        return np.asarray(self._open(index).get_slice(name)[row])

    def stack(self, name: str, clip_ids: Sequence[str]) -> np.ndarray:
        """One array of several clips.

        Args:
            name: one of `names`.
            clip_ids: of the store, in any order.

        Returns:
            The arrays, a clip on the first axis.
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
            raise V2MeowError(
                f"{self.root} has no array {name!r}; it has {held}.", "Run the step that writes it again."
            )


def fill(writer: ShardWriter, compute: Callable[[Shard], Arrays], executor: MapExecutor, description: str) -> None:
    """Computes and writes the missing shards of a store, then marks it complete.

    A run that was killed goes on at the first missing shard; a complete store costs a look at each header.

    Args:
        writer: of the store.
        compute: the arrays of one shard, a clip on the first axis; importable by name, or a partial of such.
        executor: runs the work, in this process, in several, or on Ray.
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
    """As `fill`, where the arrays of a shard are computed from the rows of its clips in a table.

    Args:
        writer: of the store.
        rows: with a column `clip_id` that has every clip of the store once.
        compute: the arrays of one shard, from its rows in its order; importable by name, or a partial of such.
        executor: runs the work, in this process, in several, or on Ray; with each go the rows of its clips only.
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
    """The index of a complete store; None where there is none, or a crash of the machine cut it short."""
    try:
        return json.loads((root / INDEX_NAME).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None


def _drop_foreign_index(root: Path, shard: Shard) -> None:
    """Once a shard of another store is written, the old store is complete no longer."""
    index = _read_index(root)
    if index is None:
        return
    listed = index["shards"][shard.index : shard.index + 1]
    if listed != [{"clip_ids": list(shard.clip_ids), "fingerprint": shard.fingerprint}]:
        (root / INDEX_NAME).unlink(missing_ok=True)
