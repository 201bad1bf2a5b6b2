"""What a run asks of Ray."""

import pytest

from v2meow_pipeline.executors.ray.config import RayConfig


@pytest.mark.parametrize(
    ("use_gpu", "workers", "there_are", "on_gpus"),
    [(None, 1, 0, False), (None, 1, 1, True), (None, 4, 2, False), (False, 1, 8, False), (True, 1, 0, True)],
)
def test_gpus_are_used_where_there_are_enough(
    use_gpu: bool | None, workers: int, there_are: float, on_gpus: bool
) -> None:
    """Catches training on processors beside an idle GPU, and workers that wait for GPUs which nobody has."""
    assert RayConfig(use_gpu=use_gpu, workers=workers).on_gpus(there_are) is on_gpus
