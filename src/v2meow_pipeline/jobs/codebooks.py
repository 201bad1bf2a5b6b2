"""What tokens stand for: the vectors of the tokenizers' codebooks, which stages may start from."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.registry import load_codec


def read_codebooks(semantic: Path, acoustic: Path, clock: Clock) -> dict[str, np.ndarray]:
    """The vectors [level, vocab, code] that the tokens of each stream stand for.

    Args:
        semantic: checkpoint of the semantic tokenizer.
        acoustic: checkpoint of the acoustic tokenizer.
        clock: says which levels are coarse.

    Returns:
        One array a stream; a codec without vectors has none.
    """
    centres = {"semantic": load_checkpoint(semantic, clock=clock).weights["centres"][None]}
    levels = load_codec(acoustic, clock).codebooks()
    if levels is None:
        return centres
    return centres | {"coarse": levels[: clock.coarse_levels], "fine": levels[clock.coarse_levels :]}
