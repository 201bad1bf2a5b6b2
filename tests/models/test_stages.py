"""The table of stages."""

from dataclasses import replace

import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.stages import STAGES, chain, stage, token_frames, token_levels


def test_stages_and_lengths_are_the_papers() -> None:
    """Catches a stage table or clock that drifts from the paper: 250, 4 x 500 and 8 x 150 tokens an example."""
    clock = Clock()
    sizes = [(token_levels(s.output, clock), token_frames(s.output, clock, s.crop_s)) for s in STAGES]
    assert sizes == [(1, 250), (4, 500), (8, 150)]
    assert [s.temperature for s in STAGES] == [1.0, 0.95, 0.4]


def test_a_broken_chain_is_refused() -> None:
    """Catches stages put in the wrong order, or one that ignores the one before it."""
    with pytest.raises(ConfigError, match="coarse"):
        chain(stage("semantic"), stage("fine"))
    with pytest.raises(ConfigError, match="output"):
        chain(stage("semantic"), replace(stage("coarse"), tokens_in=()))


def test_an_unknown_stage_is_refused() -> None:
    """Catches a bare StopIteration for a misspelt name."""
    with pytest.raises(ConfigError, match="semantic, coarse, fine"):
        stage("middle")
