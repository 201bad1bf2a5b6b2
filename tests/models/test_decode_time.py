"""Decoding time of a stage."""

import pytest
from tests.support.model_makers import tiny_model

from v2meow_pipeline.models.decode_time import decode_seconds


@pytest.mark.parametrize("stage", ["semantic", "coarse", "fine"])
def test_every_stage_can_be_timed(stage: str) -> None:
    """Catches conditions that a stage does not take."""
    assert 0 < decode_seconds(tiny_model(stage, crop_s=2.0), repeats=1) < 60
