"""Catalog entries: complete or absent, and only what was written to their own place."""

from pathlib import Path

import numpy as np
import pytest
from kedro.io import DatasetError

from v2meow_pipeline.checkpoint import save_checkpoint
from v2meow_pipeline.corpus.shards import ShardWriter
from v2meow_pipeline.datasets import CheckpointDataset, FilesDataset, FolderDataset, ModelStoreDataset, ShardsDataset
from v2meow_pipeline.model_store import ModelStore


def test_a_checkpoint_exists_only_when_whole(tmp_path: Path) -> None:
    """Catches a workspace with leftovers of a killed run that passes for a trained model."""
    folder = tmp_path / "model"
    dataset = CheckpointDataset(filepath=str(folder))
    assert not dataset.exists()
    (folder / "work").mkdir(parents=True)
    assert not dataset.exists()
    with pytest.raises(DatasetError, match="no checkpoint"):
        dataset.load()
    save_checkpoint(folder, {"kind": "thing"}, {"w": np.zeros(1)})
    assert dataset.exists()
    assert dataset.load() == folder


@pytest.mark.parametrize("kind", [CheckpointDataset, ShardsDataset, FilesDataset])
def test_another_place_is_refused(tmp_path: Path, kind: type) -> None:
    """Catches a node that wrote somewhere else than the catalog reads."""
    dataset = kind(filepath=str(tmp_path / "here"))
    with pytest.raises(DatasetError, match="expects"):
        dataset.save(tmp_path / "there")


def test_shards_exist_only_when_finished(tmp_path: Path) -> None:
    """Catches half a corpus that is trained on as if it were whole."""
    dataset = ShardsDataset(filepath=str(tmp_path))
    writer = ShardWriter(tmp_path, ["a", "b"], "f", clips_per_shard=1)
    writer.write(writer.shards[0], {"x": np.zeros((1, 2))})
    assert not dataset.exists()
    with pytest.raises(DatasetError):
        dataset.save(tmp_path)
    writer.write(writer.shards[1], {"x": np.ones((1, 2))})
    writer.finish()
    dataset.save(tmp_path)
    assert dataset.load().clip_ids == ("a", "b")


def test_a_workspace_cannot_be_saved_to(tmp_path: Path) -> None:
    """Catches an artifact that would exist under the name of its workspace, complete or not."""
    dataset = FolderDataset(filepath=str(tmp_path / "work"))
    assert dataset.load().is_dir()
    with pytest.raises(DatasetError, match="workspace"):
        dataset.save(tmp_path)


def test_only_an_optional_checkpoint_may_be_missing(tmp_path: Path) -> None:
    """Catches a run that demands a network which its parameters do not use."""
    assert CheckpointDataset(filepath=str(tmp_path / "net"), optional=True).load() == tmp_path / "net"


def test_models_of_another_folder_are_refused(tmp_path: Path) -> None:
    """Catches a node that reads other models than those that were collected for it."""
    dataset = ModelStoreDataset(filepath=str(tmp_path))
    dataset.save(ModelStore(tmp_path))
    assert dataset.load() == ModelStore(tmp_path)
    with pytest.raises(DatasetError, match="expects"):
        dataset.save(ModelStore(tmp_path / "elsewhere"))
