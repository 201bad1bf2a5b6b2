"""What the shard tests compute, in a module that worker processes and subprocesses can import."""

import sys
import time
from functools import partial
from pathlib import Path

import numpy as np

from v2meow_pipeline.corpus.shards import Shard, ShardWriter, fill
from v2meow_pipeline.parallel import Processes

CLIP_IDS = [f"clip-{i:03d}" for i in range(24)]


def writer_for(root: Path, fingerprint: str = "made-from-this") -> ShardWriter:
    """Six shards of four clips."""
    return ShardWriter(root, CLIP_IDS, fingerprint, clips_per_shard=4)


def compute(shard: Shard, pause_s: float = 0.0) -> dict[str, np.ndarray]:
    """Arrays that follow from the clip ids alone."""
    time.sleep(pause_s)
    numbers = np.array([int(clip_id[-3:]) for clip_id in shard.clip_ids])
    tokens = numbers[:, None] * 100 + np.arange(50)
    return {"tokens": tokens.astype(np.int16), "features": np.sin(tokens).astype(np.float16)[:, :, None]}


if __name__ == "__main__":
    fill(writer_for(Path(sys.argv[1])), partial(compute, pause_s=0.3), Processes(int(sys.argv[2])), "shards")
