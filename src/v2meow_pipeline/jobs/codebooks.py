"""Codebook vectors of the tokenizers, from which stages may initialise their token embeddings."""

from pathlib import Path

import numpy as np

from v2meow_pipeline.checkpoint import load_checkpoint
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.tokenizers.registry import load_codec


def read_codebooks(semantic: Path, acoustic: Path, clock: Clock) -> dict[str, np.ndarray]:
    """Reads the codebook vectors of each token stream.

    Args:
        semantic: checkpoint of the semantic tokenizer.
        acoustic: checkpoint of the acoustic tokenizer.
        clock: rates and codebook sizes; defines the number of coarse levels.

    Returns:
        Arrays [level, vocab, code] by stream name: semantic, coarse, fine; only semantic if the codec has no codebook
        vectors.
    """
    codebooks = {"semantic": load_checkpoint(semantic, clock=clock).weights["centres"][None]}
    levels = load_codec(acoustic, clock).codebooks()
    if levels is None:
        return codebooks
    return codebooks | {"coarse": levels[: clock.coarse_levels], "fine": levels[clock.coarse_levels :]}
