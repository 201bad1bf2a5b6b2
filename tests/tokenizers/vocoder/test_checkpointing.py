"""The vocoder on disk."""

from pathlib import Path

import pytest
import torch
from tests.support.simple_music import SMALL
from tests.support.small_vocoder import CONFIG, vocoder

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.tokenizers.vocoder.checkpointing import KIND, load_vocoder


def test_a_vocoder_decodes_alike_after_a_restart(tmp_path: Path) -> None:
    """Catches the mean and spread of the frames left out of the checkpoint."""
    network = vocoder()
    network.mean.fill_(-3.0)
    save_network(tmp_path / "vocoder", KIND, network, CONFIG, "f00d", SMALL)
    again = load_vocoder(tmp_path / "vocoder", SMALL)
    log_mel, phases = torch.full((1, 12, 128), -2.0), torch.zeros(1, 18, 641)
    with torch.no_grad():
        made, remade = (one(log_mel, torch.tensor([3]), phases) for one in (network, again))
    assert torch.equal(made, remade)


def test_a_vocoder_of_another_clock_is_refused(tmp_path: Path) -> None:
    """Catches a vocoder that decodes more levels than the codec has."""
    save_network(tmp_path / "vocoder", KIND, vocoder(), CONFIG, "f00d", SMALL)
    with pytest.raises(StaleError, match="acoustic_levels"):
        load_vocoder(tmp_path / "vocoder", Clock())
    with pytest.raises(V2MeowError, match="no checkpoint"):
        load_vocoder(tmp_path / "nothing", SMALL)
