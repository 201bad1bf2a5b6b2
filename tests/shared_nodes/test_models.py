"""Nodes that collect the models of another node."""

from pathlib import Path

import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.shared_nodes.models import collect_models

MODELS = ModelStore(Path("data/06_models"))


def test_checkpoints_of_one_folder_are_one_input() -> None:
    """Catches checkpoints with and without a workspace that are taken for those of two folders."""
    assert collect_models(MODELS.codec, MODELS.stage("coarse"), MODELS) == MODELS


def test_checkpoints_of_two_folders_are_refused() -> None:
    """Catches a catalog in which a node would read another codec than the one that is its input."""
    with pytest.raises(ConfigError, match="data/06_models, elsewhere"):
        collect_models(MODELS.codec, ModelStore(Path("elsewhere")).vocoder)
