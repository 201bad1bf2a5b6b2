"""Runs of tokens."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.tokenizers.repeats import collapse, expand


@given(st.lists(st.integers(0, 3), max_size=30))
def test_runs_expand_to_the_tokens(tokens: list[int]) -> None:
    """Catches a run lost at an end, and neighbours that are still equal."""
    frames = np.array(tokens, np.int16)
    runs = collapse(frames)
    np.testing.assert_array_equal(expand(runs), frames)
    assert (runs.lengths > 0).all()
    assert (np.diff(runs.tokens) != 0).all()
