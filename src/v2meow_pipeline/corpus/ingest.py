"""Ingestion: turns source videos into the clip manifest, and rejected videos and clips into the quarantine table."""

import logging
import math
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.audio import write_clip_audio
from v2meow_pipeline.corpus.overview import cautions, overview
from v2meow_pipeline.corpus.probe_cache import examine_all
from v2meow_pipeline.corpus.probe_video import Examined, IngestConfig, Refusal
from v2meow_pipeline.corpus.record import manifest_table, quarantine_table
from v2meow_pipeline.corpus.split import assign_splits
from v2meow_pipeline.media.midi import RENDERER_HZ
from v2meow_pipeline.parallel import SERIAL, MapExecutor
from v2meow_pipeline.source_video import SPLITS, SourceVideo, Split
from v2meow_pipeline.synthetic.streamed import is_streamed, streamed_clip

__all__ = ["IngestConfig", "build_tables", "ingest"]

log = logging.getLogger(__name__)

KNOWN = ("corpus", "path", "genre", "caption", "licence", "tempo_bpm", "energy", "key", "mode", "annotation_path")


def ingest(
    sources: Sequence[SourceVideo],
    config: IngestConfig,
    clock: Clock,
    folder: Path,
    memory: Path | None = None,
    executor: MapExecutor = SERIAL,
) -> tuple[pd.DataFrame, pd.DataFrame, Path]:
    """Builds the manifest of usable clips, the quarantine table of rejected ones, and the audio shards of the clips.

    Args:
        sources: source videos of one or more corpus sources.
        config: quality limits and split shares.
        clock: clip length and audio sample rate.
        folder: output directory of the audio shards, see `audio.write_clip_audio`.
        memory: directory of the probe cache for unchanged files; None probes every file on every run.
        executor: runs the work in this process, in several processes, or on Ray.

    Returns:
        `clip_manifest`, `quarantine`, and `folder` with the complete store.
    """
    manifest, quarantine = build_tables(sources, config, clock, memory, executor)
    log.info("%s", overview(manifest))
    for caution in cautions(manifest, quarantine, SPLITS if config.splits is None else config.splits):
        log.warning("%s", caution)
    return manifest, quarantine, write_clip_audio(manifest, clock, folder, executor)


def build_tables(
    sources: Sequence[SourceVideo],
    config: IngestConfig,
    clock: Clock,
    memory: Path | None = None,
    executor: MapExecutor = SERIAL,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Builds the manifest of usable clips and the quarantine table of rejected ones.

    Clips start at multiples of `clock.clip_s`; a remainder shorter than a clip is dropped. Of files with identical
    content only one is used, so that no content is in two splits. A bad file yields a quarantine row, not an error.

    Args:
        sources: source videos of one or more corpus sources.
        config: quality limits and split shares.
        clock: clip length and audio sample rate.
        memory: as in `ingest`.
        executor: as in `ingest`.

    Returns:
        `clip_manifest`, sorted by corpus, source and start, and `quarantine`.
    """
    wanted = SPLITS if config.splits is None else config.splits
    known = [source for source in sources if source.split is None or source.split in wanted]
    streamed = [source for source in known if is_streamed(source.path)]
    files = [source for source in known if not is_streamed(source.path)]
    ordered = sorted(files, key=lambda source: (source.corpus, source.source_id))
    examined = examine_all(ordered, config, clock, memory, executor)
    kept, repeated = _unique(examined)
    splits = _splits(kept, config)
    taken = [one for one in kept if splits[one.source.source_id] in wanted]
    rows = [row for one in taken for row in _manifest_rows(one, splits[one.source.source_id])]
    rows += map(_streamed_row, streamed)
    refused = [_quarantine_row(one.source, refusal) for one in examined for refusal in one.refusals]
    refused += [_quarantine_row(one.source, refusal) for one, refusal in repeated]
    refused.sort(key=lambda row: (str(row["path"]), str(row["start_s"])))
    return manifest_table(rows), quarantine_table(refused)


def _unique(examined: Iterable[Examined]) -> tuple[list[Examined], list[tuple[Examined, Refusal]]]:
    """Splits usable sources into unique ones, in their original order, and duplicates with their refusal.

    Of identical files, one with a preset split is kept, with test splits before training splits: a test set must not
    shrink because a copy is in the training data.
    """
    usable = [one for one in examined if one.clips]
    by_content: dict[str, Examined] = {}
    by_id: dict[str, Examined] = {}
    repeated: list[tuple[Examined, Refusal]] = []
    for one in sorted(usable, key=_precedence):
        if one.sha256 in by_content:
            repeated.append((one, _duplicate(by_content[one.sha256])))
        elif one.source.source_id in by_id:
            repeated.append((one, _same_id(by_id[one.source.source_id])))
        else:
            by_content[one.sha256] = by_id[one.source.source_id] = one
    stays = {id(one) for one in by_id.values()}
    return [one for one in usable if id(one) in stays], repeated


def _precedence(one: Examined) -> int:
    split = one.source.split
    return len(SPLITS) if split is None else len(SPLITS) - 1 - SPLITS.index(split)


def _duplicate(kept: Examined) -> Refusal:
    detail = f"It has the same content as {kept.source.path}, which is kept."
    return Refusal(math.nan, "duplicate", detail, "Nothing to do; delete one of the two to remove this row.")


def _same_id(kept: Examined) -> Refusal:
    detail = f"Its source_id {kept.source.source_id} is already used by {kept.source.path}, which is kept."
    return Refusal(math.nan, "duplicate_id", detail, "Give each folder source a unique name.")


def _splits(kept: Sequence[Examined], config: IngestConfig) -> Mapping[str, Split]:
    undecided = {one.source.source_id: one.sha256 for one in kept if one.source.split is None}
    dealt = assign_splits(undecided, config.test_share, config.val_share, config.seed)
    return dealt | {one.source.source_id: one.source.split for one in kept if one.source.split is not None}


def _manifest_rows(one: Examined, split: Split) -> Iterable[dict[str, object]]:
    source, info = one.source, one.info
    assert info is not None
    shared: dict[str, object] = {name: getattr(source, name) for name in KNOWN}
    shared |= {"source_id": source.source_id, "split": split, "sha256": one.sha256, "video_fps": info.video_fps}
    shared |= {"width": info.width, "height": info.height, "audio_rate_hz": info.audio_rate_hz}
    for clip in one.clips:
        yield {
            **shared,
            "clip_id": f"{source.source_id}-{clip.number:04d}",
            "start_s": clip.start_s,
            "end_s": clip.end_s,
            "audio_peak": clip.quality.peak,
            "audio_lufs": clip.quality.lufs,
            "silent_fraction": clip.quality.silent_fraction,
            "clipped_fraction": clip.quality.clipped_fraction,
            "av_difference_s": clip.av_difference_s,
        }


def _streamed_row(source: SourceVideo) -> dict[str, object]:
    """Manifest row of a streamed clip; it has no file to probe, and its audio is not measured."""
    clip = streamed_clip(source.path)
    return {
        **{name: getattr(source, name) for name in KNOWN},
        "source_id": source.source_id,
        "split": source.split,
        "sha256": clip.sha256,
        "video_fps": float(clip.fps),
        "width": clip.width,
        "height": clip.height,
        "audio_rate_hz": RENDERER_HZ,
        "clip_id": f"{source.source_id}-0000",
        "start_s": 0.0,
        "end_s": clip.source_s,
    }


def _quarantine_row(source: SourceVideo, refusal: Refusal) -> dict[str, object]:
    return {"path": source.path, "source_id": source.source_id, **refusal._asdict()}
