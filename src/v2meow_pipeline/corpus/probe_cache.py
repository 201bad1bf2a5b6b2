"""Cache of probe results of source videos, so that a rerun probes new and changed files only."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.probe_video import Examined, IngestConfig, examine_isolated
from v2meow_pipeline.parallel import SERIAL, MapExecutor
from v2meow_pipeline.source_video import SourceVideo

REVISION = "examined-1"
# Settings that do not affect the probe result of a source.
UNRELATED_SETTINGS = {"test_share", "val_share", "seed", "splits", "workers"}

# Reasons that may not apply on the next run or on a faster machine: such results are not cached.
TRANSIENT_REASONS = {"unreadable", "too_slow", "crashed"}

_EXAMINED = TypeAdapter(Examined)


def examine_all(
    sources: list[SourceVideo],
    config: IngestConfig,
    clock: Clock,
    memory: Path | None = None,
    executor: MapExecutor = SERIAL,
) -> list[Examined]:
    """Probes all sources, and takes the results of unchanged ones from the cache.

    A file counts as unchanged if its size and modification time are; hashing every video on every run would take as
    long as reading it.

    Args:
        sources: source videos to probe.
        config: quality limits.
        clock: clip length and audio sample rate.
        memory: cache directory, with one JSON file per source; None disables the cache.
        executor: runs the work in this process, in several processes, or on Ray.

    Returns:
        One result per source, in the order of `sources`.
    """
    known = {
        index: found for index, source in enumerate(sources) if (found := _load_cached(source, config, clock, memory))
    }
    new = [index for index in range(len(sources)) if index not in known]
    examine_one = partial(_examine_and_cache, config=config, clock=clock, memory=memory)
    examined = executor(examine_one, [sources[index] for index in new], "ingest")
    known.update(zip(new, examined, strict=True))
    return [known[index] for index in range(len(sources))]


def _examine_and_cache(source: SourceVideo, config: IngestConfig, clock: Clock, memory: Path | None) -> Examined:
    key = _key(source, config, clock)
    found = examine_isolated(source, config, clock)

    if (
        memory is not None
        and key is not None
        and not TRANSIENT_REASONS & {refusal.reason for refusal in found.refusals}
    ):
        text = json.dumps({"key": key, "examined": _EXAMINED.dump_python(found, mode="json")})
        write_text(_cache_path(memory, source), text)
    return found


def _load_cached(source: SourceVideo, config: IngestConfig, clock: Clock, memory: Path | None) -> Examined | None:
    key = _key(source, config, clock)
    if memory is None or key is None or not _cache_path(memory, source).is_file():
        return None
    try:
        cached: dict[str, Any] = json.loads(_cache_path(memory, source).read_text(encoding="utf-8"))
    except ValueError:
        return None
    return _EXAMINED.validate_python(cached["examined"]) if cached.get("key") == key else None


def _key(source: SourceVideo, config: IngestConfig, clock: Clock) -> str | None:
    """Cache key: everything that the result depends on. None for a file that cannot be read, which is not cached."""
    try:
        state = Path(source.path).stat()
    except OSError:
        return None
    limits = config.model_dump(mode="json", exclude=UNRELATED_SETTINGS)
    file = [source.model_dump(mode="json"), state.st_size, state.st_mtime_ns]
    return fingerprint(REVISION, file, limits, clock.clip_s, clock.sample_rate_hz)


def _cache_path(memory: Path, source: SourceVideo) -> Path:
    return memory / f"{fingerprint(source.corpus, source.source_id, source.path)}.json"
