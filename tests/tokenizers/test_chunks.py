"""Pieces of long sound."""

import pytest

from v2meow_pipeline.tokenizers.chunks import spans


@pytest.mark.parametrize("t", [0, 1, 9, 10, 11, 35])
def test_every_frame_is_in_one_chunk_and_has_its_margins(t: int) -> None:
    """Catches a frame lost or doubled at a seam, and margins cut short in the middle of the sound."""
    pieces = spans(t, 10, 4)
    assert [k for start, stop, _, _ in pieces for k in range(start, stop)] == list(range(t))
    for start, stop, first, last in pieces:
        assert first == max(0, start - 4)
        assert last == min(t, max(stop, min(start + 10, t) + 4))
