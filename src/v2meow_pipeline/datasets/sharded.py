"""Kedro dataset for shard stores."""

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.datasets.node_output import NodeOutputDataset


class ShardsDataset(NodeOutputDataset[ShardReader]):
    """Dataset that loads as a `ShardReader`, keyed by clip id; it exists only if the store is complete."""

    complete = "the index that a complete store has"

    def load(self) -> ShardReader:
        """Opens the store."""
        return ShardReader(self._folder)

    def _exists(self) -> bool:
        return (self._folder / "index.json").is_file()
