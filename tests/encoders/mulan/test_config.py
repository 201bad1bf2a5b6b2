"""Sizes that follow from others, and settings that are refused."""

from typing import Any

import pytest
import torch

from v2meow_pipeline.encoders.mulan.config import MulanConfig, SoundConfig, TransformerConfig
from v2meow_pipeline.encoders.mulan.network import MulanNetwork
from v2meow_pipeline.errors import ConfigError


def test_a_segment_has_the_papers_length() -> None:
    """Catches a hop in other units: 10 s are 1,000 spectra of 10 ms."""
    config = SoundConfig()
    assert (config.segment_samples, config.frames, config.grid) == (160_000, 1000, (8, 62))


def test_the_preset_has_the_size_of_ast_base_and_bert_base() -> None:
    """Catches a preset that drifts from the paper: 86 and 109 million weights."""
    with torch.device("meta"):
        network = MulanNetwork(MulanConfig.paper())
    sound, text = (sum(p.numel() for p in part.parameters()) / 1e6 for part in (network.sound, network.text))
    assert 84 < sound < 88 and 107 < text < 111


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TransformerConfig, {"width": 10, "heads": 4}),
        (SoundConfig, {"bands": 8}),
        (SoundConfig, {"segment_s": 0.1}),
        (SoundConfig, {"masked_frames": 1001}),
    ],
)
def test_sizes_that_do_not_fit_are_refused(kind: Any, values: dict[str, Any]) -> None:
    """Catches a network that fails deep inside torch instead."""
    with pytest.raises(ConfigError):
        kind.parse(values)
