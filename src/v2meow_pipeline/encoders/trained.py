"""Locations of the checkpoints of encoders that are trained in this project."""

from collections.abc import Sequence
from pathlib import Path

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME, checkpoint_exists
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.networks.weights import models_folder


def trained_checkpoint(name: str, models: Path | None = None, published: Sequence[str] = ()) -> Path:
    """Finds the weights of an encoder: its trained checkpoint, else user-provided weights.

    Args:
        name: name of the encoder.
        models: folder of the networks trained in this project, such as data/06_models; None
            searches only `<name>` in `networks.weights.models_folder()`.
        published: file names of published weights that are accepted there if there is no checkpoint.

    Returns:
        Checkpoint directory, or file of published weights.

    Raises:
        MissingModelError: if there are no weights.
    """
    given = models_folder() / name
    folders = [given] if models is None else [ModelStore(models).network(name), given]
    for folder in folders:
        if checkpoint_exists(folder):
            return folder
    for file in published:
        if (given / file).is_file():
            return given / file
    alternatives = f", or published weights ({' or '.join(published)})" if published else ""
    raise MissingModelError(
        f"There is no trained {name} in {' or in '.join(map(str, folders))}.",
        "Train it with `kedro run --pipeline networks`, with the same --env as this run, or put a checkpoint of it "
        f"({CONFIG_NAME} and {WEIGHTS_NAME}){alternatives} into {given}.",
    )
