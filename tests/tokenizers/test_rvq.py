"""Residual quantization."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from v2meow_pipeline.tokenizers.rvq import ResidualCodebooks


def _fit(seed: int, width: int, levels: int) -> tuple[ResidualCodebooks, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((400, width)).astype(np.float32)
    origin = np.full(width, -3, np.float32)
    return ResidualCodebooks.fit(rows, levels, 16, origin, seed), rows, origin


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 6), st.integers(1, 5))
def test_each_level_lowers_the_error(seed: int, width: int, levels: int) -> None:
    """Code 0 of deeper levels is "nothing to add", so no level can make a row worse."""
    quantizer, rows, _ = _fit(seed, width, levels)
    codes = quantizer.encode(rows)
    errors = np.array([((rows - quantizer.decode(codes[:n])) ** 2).sum(1) for n in range(1, levels + 1)])
    assert np.all(np.diff(errors, axis=0) < 1e-4)


def test_the_origin_is_all_zeros() -> None:
    """Silence has one code, exact at any number of levels."""
    quantizer, _, origin = _fit(0, 4, 3)
    codes = quantizer.encode(origin[None])
    assert not codes.any()
    for levels in (1, 2, 3):
        np.testing.assert_array_equal(quantizer.decode(codes[:levels])[0], origin)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**31))
def test_codes_survive_a_round_trip_at_one_level(seed: int) -> None:
    """A centre is its own nearest centre."""
    quantizer, _, _ = _fit(seed, 5, 1)
    codes = np.unique(quantizer.encode(np.random.default_rng(seed).standard_normal((50, 5)).astype(np.float32)))
    np.testing.assert_array_equal(quantizer.encode(quantizer.decode(codes[None])), codes[None])
