"""Word pieces, padded."""

import numpy as np
import pytest

from v2meow_pipeline.encoders.mulan.pieces import PADDING, WordPieces


def test_pieces_are_those_of_the_vocabulary_and_padded() -> None:
    """Catches padding on the left, and a vocabulary of another size than the tower's table."""
    pieces = WordPieces(16).encode(["fast rock music", "calm"])
    assert pieces.dtype == np.int64 and pieces[0].tolist() == [101, 3435, 2600, 2189, 102]
    assert pieces[1, 3:].tolist() == [PADDING, PADDING]
    assert pieces.max() < WordPieces.count


def test_long_texts_are_cut_and_none_gives_no_rows() -> None:
    """Catches a text that is longer than the table of positions."""
    assert WordPieces(8).encode(["la " * 50]).shape == (1, 8)
    assert len(WordPieces(8).encode([])) == 0


def test_a_bare_string_is_refused() -> None:
    """Catches a text that is read letter by letter."""
    with pytest.raises(TypeError, match="list of strings"):
        WordPieces(8).encode("rock")


def test_the_fingerprint_covers_how_much_is_read() -> None:
    """Catches vectors of cut texts that pass for those of whole ones."""
    assert WordPieces(8).fingerprint != WordPieces(9).fingerprint == WordPieces(9).fingerprint
