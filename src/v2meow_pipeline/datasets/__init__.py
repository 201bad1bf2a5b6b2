"""Kedro dataset classes: storage formats of the catalog entries."""

from v2meow_pipeline.datasets.checkpoint import CheckpointDataset
from v2meow_pipeline.datasets.files import FilesDataset
from v2meow_pipeline.datasets.folder import FolderDataset
from v2meow_pipeline.datasets.model_store import ModelStoreDataset
from v2meow_pipeline.datasets.portable import PortableJSONDataset, PortableParquetDataset
from v2meow_pipeline.datasets.sharded import ShardsDataset

__all__ = [
    "CheckpointDataset",
    "FilesDataset",
    "FolderDataset",
    "ModelStoreDataset",
    "PortableJSONDataset",
    "PortableParquetDataset",
    "ShardsDataset",
]
