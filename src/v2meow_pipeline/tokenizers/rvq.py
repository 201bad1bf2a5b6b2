"""Residual quantization: each level's codebook quantizes what the levels before it left over.

Code 0 is reserved. In the first level it is the origin given to `fit` (a codec passes silence), in all others the zero
vector, "nothing to add": so the origin is coded exactly, by zeros, whatever the training sound was like.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest


class ResidualCodebooks(NamedTuple):
    """Codebooks, one a level.

    Attributes:
        codebooks: centres of each level.
    """

    codebooks: Float[np.ndarray, "level code width"]

    @classmethod
    def fit(
        cls, rows: Float[np.ndarray, "n width"], levels: int, codes: int, origin: Float[np.ndarray, " width"], seed: int
    ) -> "ResidualCodebooks":
        """Codebooks fitted level after level by k-means.

        Args:
            rows: vectors as they will be quantized.
            levels: codebooks.
            codes: centres in each.
            origin: the vector that all-zero codes stand for.
            seed: of the k-means.

        Returns:
            The quantizer.
        """
        residual = rows.copy()
        codebooks = np.zeros((levels, codes, rows.shape[1]), np.float32)
        for level in track(range(levels), "acoustic codebooks"):
            fixed = (origin if level == 0 else np.zeros_like(origin))[None]
            codebooks[level] = fit_centres(residual, codes, derive_seed(seed, "rvq", level), fixed=fixed)
            residual -= codebooks[level][nearest(residual, codebooks[level])]
        return cls(codebooks)

    def encode(self, rows: Float[np.ndarray, "t width"]) -> Int[np.ndarray, "level t"]:
        """Codes of each row, the nearest centre to what is left at each level; int16."""
        residual = rows.copy()
        codes = np.zeros((len(self.codebooks), len(rows)), np.int16)
        for level, codebook in enumerate(self.codebooks):
            codes[level] = nearest(residual, codebook)
            residual -= codebook[codes[level]]
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"]) -> Float[np.ndarray, "t width"]:
        """The vectors that the first `level` levels of codes stand for."""
        rows = np.zeros((codes.shape[1], self.codebooks.shape[2]), np.float32)
        for codebook, level_codes in zip(self.codebooks, codes, strict=False):
            rows += codebook[level_codes]
        return rows
