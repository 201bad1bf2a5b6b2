"""Where the encoders that are trained here have their checkpoints."""

from collections.abc import Sequence
from pathlib import Path

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.weights import models_folder

CHECKPOINT = "checkpoint"


def trained_checkpoint(name: str, models: Path | None = None, published: Sequence[str] = ()) -> Path:
    """The checkpoint of an encoder: the one trained here, else what a person provides.

    Args:
        name: of the encoder.
        models: the folder of the networks trained here, where it lies in `<name>/checkpoint`; None looks only for
            weights from elsewhere, in `<name>` of `networks.weights.models_folder()`.
        published: names of files of published weights there that the encoder reads where there is no checkpoint.

    Returns:
        The folder of the checkpoint, or a file of published weights.

    Raises:
        MissingModelError: when there is none in either place.
    """
    given = models_folder() / name
    places = [given] if models is None else [models / name / CHECKPOINT, given]
    for folder in places:
        if all((folder / file).is_file() for file in (CONFIG_NAME, WEIGHTS_NAME)):
            return folder
    for file in published:
        if (given / file).is_file():
            return given / file
    offered = f", or published weights ({' or '.join(published)})" if published else ""
    raise MissingModelError(
        f"There is no trained {name} in {' or in '.join(map(str, places))}.",
        "Train it with `kedro run --pipeline networks`, with the same --env as this run, or put a checkpoint of it "
        f"({CONFIG_NAME} and {WEIGHTS_NAME}){offered} into {given}.",
    )
