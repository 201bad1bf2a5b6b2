"""What tokens stand for: the vectors of the tokenizers' codebooks, which stages may start from."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.clock import Clock


def read_codebooks(semantic: Path, acoustic: Path, clock: Clock) -> dict[str, np.ndarray]:
    """The vectors [level, vocab, code] that the tokens of each stream stand for.

    Args:
        semantic: checkpoint of the semantic tokenizer.
        acoustic: checkpoint of the acoustic tokenizer.
        clock: says which levels are coarse.

    Returns:
        One array a stream.
    """
    levels = load_checkpoint(acoustic, clock=clock).weights["codebooks"]
    return {
        "semantic": load_checkpoint(semantic, clock=clock).weights["centres"][None],
        "coarse": levels[: clock.coarse_levels],
        "fine": levels[clock.coarse_levels :],
    }
