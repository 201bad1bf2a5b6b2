"""Addresses of clips without files are not paths."""

from pathlib import Path

import pytest

from v2meow_pipeline.datasets.portable import loaded, stored


@pytest.mark.parametrize("address", ["synthetic:?seed=0&index=3"])
def test_an_address_stays_as_it_is(address: str, tmp_path: Path) -> None:
    """Joined to the project's folder, it is a video that does not exist."""
    assert stored(address, tmp_path) == address
    assert loaded(address, tmp_path) == address
