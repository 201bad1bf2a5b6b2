"""What event curves of the clips' music are drawn from, in shards."""

from functools import partial
from pathlib import Path

import numpy as np

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import fingerprint
from v2meow_pipeline.corpus.fitting import waves_of
from v2meow_pipeline.corpus.shards import CLIPS_PER_SHARD, Arrays, Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.encoders.audio_events import GROUPS, onset_strength
from v2meow_pipeline.parallel import Spread

RISES, LOUDNESS = "rises", "loudness"
REVISION = "audio_events-1"


def extract_audio_events(clip_audio: ShardReader, clock: Clock, folder: Path, spread: Spread) -> Path:
    """Writes the onset strength and loudness of every clip, resuming where a killed run stopped.

    Args:
        clip_audio: waveforms of all clips.
        clock: rate of the waveforms.
        folder: where the shards go: float16 "rises" [clip, t_mel, 16] and "loudness" [clip, t_mel] at 50 Hz.
        spread: over what the shards are spread.

    Returns:
        The same folder, complete.
    """
    made_by = fingerprint(REVISION, clip_audio.fingerprint, GROUPS)
    writer = ShardWriter(folder, clip_audio.clip_ids, made_by, CLIPS_PER_SHARD)
    fill(writer, partial(_shard, clip_audio=clip_audio, clock=clock), spread, "audio events")
    return folder


def _shard(shard: Shard, clip_audio: ShardReader, clock: Clock) -> Arrays:
    found = [onset_strength(wave, clock.sample_rate_hz) for wave in waves_of(clip_audio, shard.clip_ids)]
    return {RISES: np.stack([one.rises for one in found]), LOUDNESS: np.stack([one.loudness for one in found])}
