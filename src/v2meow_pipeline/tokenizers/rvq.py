"""Residual k-means quantization: each level quantizes the residual of the previous levels.

Code 0 is reserved: in the first level it is the origin given to `fit` (for codecs: silence), in all others the zero
vector. So all-zero codes decode exactly to the origin, whatever the training audio.
"""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float, Int

from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.tokenizers.kmeans import fit_centres, nearest


class ResidualCodebooks(NamedTuple):
    """Residual codebooks.

    Attributes:
        codebooks: k-means centres of each level.
    """

    codebooks: Float[np.ndarray, "level code width"]

    @classmethod
    def fit(
        cls, rows: Float[np.ndarray, "n width"], levels: int, codes: int, origin: Float[np.ndarray, " width"], seed: int
    ) -> "ResidualCodebooks":
        """Fits the codebooks level by level with k-means.

        Args:
            rows: training vectors.
            levels: number of codebooks.
            codes: centres per codebook.
            origin: vector that all-zero codes decode to.
            seed: seeds the k-means.

        Returns:
            The fitted codebooks.
        """
        residual = rows.copy()
        codebooks = np.zeros((levels, codes, rows.shape[1]), np.float32)
        for level in track(range(levels), "acoustic codebooks"):
            fixed = (origin if level == 0 else np.zeros_like(origin))[None]
            codebooks[level] = fit_centres(residual, codes, derive_seed(seed, "rvq", level), fixed=fixed)
            residual -= codebooks[level][nearest(residual, codebooks[level])]
        return cls(codebooks)

    def encode(self, rows: Float[np.ndarray, "t width"]) -> Int[np.ndarray, "level t"]:
        """Codes of each row: the nearest centre to the residual at each level; int16."""
        residual = rows.copy()
        codes = np.zeros((len(self.codebooks), len(rows)), np.int16)
        for level, codebook in enumerate(self.codebooks):
            codes[level] = nearest(residual, codebook)
            residual -= codebook[codes[level]]
        return codes

    def decode(self, codes: Int[np.ndarray, "level t"]) -> Float[np.ndarray, "t width"]:
        """Sum of the codebook vectors of the given levels."""
        rows = np.zeros((codes.shape[1], self.codebooks.shape[2]), np.float32)
        for codebook, level_codes in zip(self.codebooks, codes, strict=False):
            rows += codebook[level_codes]
        return rows
