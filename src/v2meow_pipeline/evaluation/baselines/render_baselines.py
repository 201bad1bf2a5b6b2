"""Music of the baselines for the clips of a manifest, stored in shards."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.clip_audio import AUDIO, contents_of, to_pcm
from v2meow_pipeline.corpus.shards import Arrays, ShardReader, ShardWriter, fill_rows
from v2meow_pipeline.encoders.waves import to_rate
from v2meow_pipeline.evaluation.baselines.musicgen import MusicGen, musicgen_fingerprint, musicgen_folder
from v2meow_pipeline.evaluation.baselines.rules import REVISION, rules_music
from v2meow_pipeline.evaluation.generate import captions_of
from v2meow_pipeline.evaluation.motion_events import detect_events_of_clips
from v2meow_pipeline.parallel import SERIAL, Processes
from v2meow_pipeline.seeding import derive_seed

RULES: Final = "rules"
MUSICGEN: Final = "musicgen"
Baseline = Literal["rules", "musicgen"]
# An interrupted run resumes with the next shard: a shard takes seconds for the rules, minutes for MusicGen on a CPU.
CLIPS_PER_SHARD: dict[Baseline, int] = {RULES: 8, MUSICGEN: 2}


def render_baselines(
    names: Sequence[Baseline], clips: pd.DataFrame, clock: Clock, seed: int, workers: int, folder: Path
) -> dict[str, ShardReader]:
    """Renders the music of each baseline for each clip; resumes an interrupted run.

    Args:
        names: names of the baselines.
        clips: rows of the manifest.
        clock: sample rate and length of the waves, frame rate of the motion.
        seed: base seed; MusicGen derives a seed per clip from it, the rules one style for all clips.
        workers: number of processes for the rules.
        folder: output directory, with one subdirectory of shards per baseline.

    Returns:
        Baseline -> store with int16 "audio" [clip, clip_samples].

    Raises:
        ConfigError: if MusicGen is requested and a clip has no caption.
        MissingModelError: if MusicGen is requested and its weights are missing.
    """
    render = {RULES: _render_rules, MUSICGEN: _render_musicgen}
    for name in names:
        render[name](clips, clock, seed, workers, folder / name)
    return {name: ShardReader(folder / name) for name in names}


def rules_audio(clips: pd.DataFrame, clock: Clock, seed: int) -> np.ndarray:
    """Music by the rules for a few clips, in this process.

    Args:
        clips: rows of the manifest, all with video.
        clock: sample rate and length of the waves, frame rate of the motion.
        seed: seed of the style.

    Returns:
        int16 PCM [clip, clip_samples].
    """
    pictures = detect_events_of_clips(clips, clock, workers=1)
    return _stacked(
        [rules_music(picture, seed, clock.sample_rate_hz) for picture in pictures if picture is not None], clock
    )


def caption_seed(seed: int, clip_id: str) -> int:
    """MusicGen's seed for one clip, independent of the other clips."""
    return derive_seed(seed, MUSICGEN, clip_id)


def _render_rules(clips: pd.DataFrame, clock: Clock, seed: int, workers: int, folder: Path) -> None:
    made_by = fingerprint(REVISION, seed, clock.sample_rate_hz, clock.clip_s, clock.flow_fps)
    writer = ShardWriter(folder, clips["clip_id"].tolist(), made_by, CLIPS_PER_SHARD[RULES], contents_of(clips))
    fill_rows(writer, clips, partial(_rules_shard, clock=clock, seed=seed), Processes(workers), RULES)


def _rules_shard(rows: pd.DataFrame, clock: Clock, seed: int) -> Arrays:
    return {AUDIO: rules_audio(rows, clock, seed)}


def _render_musicgen(clips: pd.DataFrame, clock: Clock, seed: int, workers: int, folder: Path) -> None:
    """Renders MusicGen's music in one process, which uses all cores or the GPU."""
    captions = list(captions_of(clips, "musicgen out of evaluate.baselines").values())
    weights = musicgen_fingerprint(musicgen_folder())
    made_by = fingerprint(weights, seed, clock.sample_rate_hz, clock.clip_s)
    writer = ShardWriter(folder, clips["clip_id"].tolist(), made_by, CLIPS_PER_SHARD[MUSICGEN], captions)
    if writer.missing():
        compose = partial(_musicgen_shard, model=MusicGen(), clock=clock, seed=seed)
        fill_rows(writer, clips, compose, SERIAL, MUSICGEN)
    writer.finish()


def _musicgen_shard(rows: pd.DataFrame, model: MusicGen, clock: Clock, seed: int) -> Arrays:
    waves = [
        to_rate(
            model.compose(caption, clock.clip_s, caption_seed(seed, clip_id)),
            model.sample_rate_hz,
            clock.sample_rate_hz,
        )
        for clip_id, caption in zip(rows["clip_id"].tolist(), rows["caption"].tolist(), strict=True)
    ]
    return {AUDIO: _stacked(waves, clock)}


def _stacked(waves: Sequence[np.ndarray], clock: Clock) -> np.ndarray:
    """Stacks waves to int16 PCM [clip, clip_samples]; shorter waves are zero-padded."""
    cut = [wave[: clock.clip_samples] for wave in waves]
    return to_pcm(np.stack([np.pad(wave, (0, clock.clip_samples - len(wave))) for wave in cut]))
