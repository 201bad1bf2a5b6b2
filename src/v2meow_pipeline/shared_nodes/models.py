"""Nodes that collect the models that another node reads.

Each checkpoint that a node reads is an input of the node, or of the node that collects the node's models.
"""

from pathlib import Path

from kedro.pipeline import Node

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.model_store import ModelStore

# Checkpoints of visual encoders that are trained in this project.
VISUAL_NETWORKS = ("vitvqgan.checkpoint", "i3d_flow.checkpoint")


def collect_models(*parts: Path | ModelStore) -> ModelStore:
    """Returns the models folder of checkpoints, so that a node that reads them has one input."""
    stores = {part if isinstance(part, ModelStore) else ModelStore.containing(part) for part in parts}
    if len(stores) != 1:
        folders = ", ".join(sorted(str(store.root) for store in stores))
        raise ConfigError(f"Checkpoints are in several models folders: {folders}.", "Use one folder in the catalog.")
    return stores.pop()


def models_node(output: str, *checkpoints: str) -> Node:
    """Node that collects checkpoints into the dataset `output`, a `ModelStore`."""
    return Node(collect_models, list(checkpoints), output, name=f"collect_{output}")
