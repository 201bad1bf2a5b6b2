"""Bits per second of stages."""

import numpy as np
import pytest

from v2meow_pipeline.evaluation.diagnosis.stage_bits import StageBits, bits_per_second, bits_rows
from v2meow_pipeline.evaluation.diagnosis.systems import systems_of
from v2meow_pipeline.metrics.summary import MetricsConfig

CONFIG = MetricsConfig(replicates=50)


def test_a_hand_computation() -> None:
    """Catches a mean over levels in place of their sum, nats in place of bits, and another rate."""
    losses = np.log([[2.0, 4.0, 8.0], [2.0, 2.0, 2.0]])  # 1 + 2 + 3 and 1 + 1 + 1 bits a frame
    assert bits_per_second(losses, 25) == pytest.approx([150.0, 75.0])


def test_each_row_has_the_bits_of_the_stages_that_it_runs() -> None:
    """Catches bits of a stage whose tokens are true, hidden video in a row with it, and a sign that is turned."""
    bits = {
        "semantic": StageBits(np.array([90.0, 110.0]), np.array([95.0, 115.0])),
        "coarse": StageBits(np.array([1000.0, 1200.0]), None),
    }
    systems = systems_of({stream: of_stage.sees_video for stream, of_stage in bits.items()})
    rows = {(row.system, row.metric): row for row in bits_rows(systems, bits, 0, CONFIG)}
    assert {key: row.value for key, row in rows.items()} == {
        ("all_generated", "bits_per_second_semantic"): 100.0,
        ("all_generated_without_video", "bits_per_second_semantic"): 105.0,
        ("true_semantic", "bits_per_second_coarse"): 1100.0,
        ("all_generated", "bits_per_second_coarse"): 1100.0,
        ("all_generated_without_video", "bits_per_second_coarse"): 1100.0,
        ("all_generated", "bits_per_second_saved_semantic"): 5.0,
    }
    saved = rows["all_generated", "bits_per_second_saved_semantic"]
    assert (saved.low, saved.high, saved.n) == (5.0, 5.0, 2)  # clip by clip the gain is the same
