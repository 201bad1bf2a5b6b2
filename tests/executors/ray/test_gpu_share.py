"""Actors of a map share the GPUs of a cluster."""

import pytest

from v2meow_pipeline.executors.ray.map_workers import gpu_share


@pytest.mark.parametrize(
    ("gpus", "actors", "share"), [(0, 4, 0.0), (8, 4, 1.0), (8, 8, 1.0), (8, 64, 0.125), (8, 9, 0.5), (1, 3, 0.3333)]
)
def test_all_gpus_are_used(gpus: float, actors: int, share: float) -> None:
    """Features and tokens were computed on the first GPU of each machine, whatever it had."""
    assert gpu_share(gpus, actors) == share
    if gpus:
        per_gpu = int(1 / share)  # actors that Ray puts on one GPU
        assert per_gpu * gpus >= actors
        assert per_gpu == 1 or (per_gpu - 1) * gpus < actors
