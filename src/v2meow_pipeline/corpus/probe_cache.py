"""What was found out about source videos, kept so that a rerun looks at new and changed files only."""

import json
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.probe_video import Examined, IngestConfig, examine_isolated
from v2meow_pipeline.corpus.record import SourceVideo
from v2meow_pipeline.parallel import SERIAL, MapExecutor

REVISION = "examined-1"
# These decide what becomes of a source later, not what is found out about it.
NOT_LOOKED_AT = {"test_share", "val_share", "seed", "splits", "workers"}

PASSING = {"unreadable", "too_slow", "crashed"}

_EXAMINED = TypeAdapter(Examined)


def examine_all(
    sources: list[SourceVideo],
    config: IngestConfig,
    clock: Clock,
    memory: Path | None = None,
    executor: MapExecutor = SERIAL,
) -> list[Examined]:
    """Every source looked at, in order; one that was looked at before and has not changed is remembered.

    A file counts as unchanged while its size and time of change are: hashing every video on every run would take as
    long as reading it.

    Args:
        sources: which.
        config: limits.
        clock: length of a clip and rate of the sound.
        memory: folder of what was found out, a JSON a source; None remembers nothing.
        executor: runs the work, in this process, in several, or on Ray.

    Returns:
        One a source.
    """
    known = {index: found for index, source in enumerate(sources) if (found := _recall(source, config, clock, memory))}
    new = [index for index in range(len(sources)) if index not in known]
    look = partial(_examine_and_remember, config=config, clock=clock, memory=memory)
    looked_at = executor(look, [sources[index] for index in new], "ingest")
    known.update(zip(new, looked_at, strict=True))
    return [known[index] for index in range(len(sources))]


def _examine_and_remember(source: SourceVideo, config: IngestConfig, clock: Clock, memory: Path | None) -> Examined:
    key = _key(source, config, clock)
    found = examine_isolated(source, config, clock)
    # What cannot be read today may be readable tomorrow, or on a faster machine, without having changed.
    if memory is not None and key is not None and not PASSING & {refusal.reason for refusal in found.refusals}:
        text = json.dumps({"key": key, "examined": _EXAMINED.dump_python(found, mode="json")})
        write_text(_place(memory, source), text)
    return found


def _recall(source: SourceVideo, config: IngestConfig, clock: Clock, memory: Path | None) -> Examined | None:
    key = _key(source, config, clock)
    if memory is None or key is None or not _place(memory, source).is_file():
        return None
    try:
        kept: dict[str, Any] = json.loads(_place(memory, source).read_text(encoding="utf-8"))
    except ValueError:
        return None
    return _EXAMINED.validate_python(kept["examined"]) if kept.get("key") == key else None


def _key(source: SourceVideo, config: IngestConfig, clock: Clock) -> str | None:
    """What the findings depend on; None for a file that cannot be looked up, which is looked at each time."""
    try:
        state = Path(source.path).stat()
    except OSError:
        return None
    limits = config.model_dump(mode="json", exclude=NOT_LOOKED_AT)
    file = [source.model_dump(mode="json"), state.st_size, state.st_mtime_ns]
    return fingerprint(REVISION, file, limits, clock.clip_s, clock.sample_rate_hz)


def _place(memory: Path, source: SourceVideo) -> Path:
    return memory / f"{fingerprint(source.corpus, source.source_id, source.path)}.json"
