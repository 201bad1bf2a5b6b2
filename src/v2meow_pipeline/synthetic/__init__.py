"""Synthetic corpus: music videos generated from seeds, with exact ground truth."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.source_video import SourceVideo
from v2meow_pipeline.synthetic.annotation import (
    LICENCE,
    annotation,
    clip_fingerprint,
    read_annotation,
    write_annotation,
)
from v2meow_pipeline.synthetic.compose import compose
from v2meow_pipeline.synthetic.plan import ClipCounts, ClipPlan, SyntheticConfig, plan_clips
from v2meow_pipeline.synthetic.render import render_audio
from v2meow_pipeline.synthetic.streamed import collect_streamed
from v2meow_pipeline.synthetic.theory import KEY_NAMES

CORPUS = "synthetic"

__all__ = ["ClipCounts", "ClipPlan", "SyntheticConfig", "audio_examples", "collect", "make_clip", "plan_clips"]


def collect(config: SyntheticConfig, folder: Path) -> list[SourceVideo]:
    """Collects all videos of the corpus, and renders missing ones.

    A video is up to date if it exists and its annotation has the clip's fingerprint. The annotation is written last,
    so that clips of an interrupted run are either complete or rendered again. Other videos in the directory are not
    changed.

    Args:
        config: corpus configuration.
        folder: directory of the videos and their annotations; created if missing.

    Returns:
        One record per video, in the order of `plan_clips`, then one per streamed clip.

    Raises:
        MissingModelError: if a soundfont is not installed.
        MediaError: if a video cannot be written.
    """
    plans = plan_clips(config)
    missing = [plan for plan in plans if not _is_current(plan, config, folder)]
    for _ in parallel_map(partial(make_clip, config=config, folder=folder), missing, config.workers, "synthetic clips"):
        pass
    return [_record(plan, folder) for plan in plans] + collect_streamed(config, folder)


def make_clip(plan: ClipPlan, config: SyntheticConfig, folder: Path) -> Path:
    """Composes, renders and encodes one clip, and writes its annotation last.

    Args:
        plan: plan of the clip.
        config: frame size and rates.
        folder: output directory.

    Returns:
        Path of the video.
    """
    from v2meow_pipeline.media.encode import encode_video
    from v2meow_pipeline.synthetic.scenes import render_frames

    video, truth = _paths(plan, folder)
    truth.unlink(missing_ok=True)
    piece = compose(plan)
    wave = render_audio(plan, piece, config.sample_rate_hz)
    frames = render_frames(plan, piece.timing, config.width, config.height, config.fps)
    encode_video(video, frames, config.fps, wave, config.sample_rate_hz)
    write_annotation(truth, annotation(plan, piece, config))
    return video


def audio_examples(config: SyntheticConfig) -> Iterator[tuple[ClipPlan, np.ndarray, str]]:
    """Generates plan, audio and caption of every clip without video, for training on audio only.

    Args:
        config: corpus configuration.

    Yields:
        Plan, audio (float32 stereo [n, 2]), and caption.
    """
    for plan in plan_clips(config):
        piece = compose(plan)
        yield plan, render_audio(plan, piece, config.sample_rate_hz), annotation(plan, piece, config)["caption"]


def _paths(plan: ClipPlan, folder: Path) -> tuple[Path, Path]:
    return folder / plan.split / f"{plan.source_id}.mp4", folder / plan.split / f"{plan.source_id}.json"


def _is_current(plan: ClipPlan, config: SyntheticConfig, folder: Path) -> bool:
    video, path = _paths(plan, folder)
    if not (video.is_file() and video.stat().st_size):
        return False
    truth = read_annotation(path)
    return truth is not None and truth.get("fingerprint") == clip_fingerprint(plan, config)


def _record(plan: ClipPlan, folder: Path) -> SourceVideo:
    video, path = _paths(plan, folder)
    truth = read_annotation(path) or {}
    return SourceVideo(
        source_id=plan.source_id,
        path=str(video),
        corpus=CORPUS,
        split=plan.split,
        genre=plan.genre,
        caption=truth["caption"],
        licence=LICENCE,
        tempo_bpm=plan.tempo_bpm,
        energy=round(plan.mean_energy, 4),
        key=KEY_NAMES[plan.key],
        mode=plan.mode,
        annotation_path=str(path),
    )
