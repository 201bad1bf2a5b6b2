"""Where the encoders that are trained here have their checkpoints."""

from pathlib import Path

from v2meow_pipeline.checkpoint import CONFIG_NAME, WEIGHTS_NAME
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.networks.weights import models_folder

CHECKPOINT = "checkpoint"


def trained_checkpoint(name: str, models: Path | None = None) -> Path:
    """The checkpoint of an encoder: the one trained here, else the one that a person provides.

    Args:
        name: of the encoder.
        models: the folder of the networks trained here, where it lies in `<name>/checkpoint`; None looks only for
            weights from elsewhere, in `<name>` of `networks.weights.models_folder()`.

    Returns:
        The folder of the checkpoint.

    Raises:
        MissingModelError: when there is none in either place.
    """
    given = models_folder() / name
    places = [given] if models is None else [models / name / CHECKPOINT, given]
    for folder in places:
        if all((folder / file).is_file() for file in (CONFIG_NAME, WEIGHTS_NAME)):
            return folder
    raise MissingModelError(
        f"There is no trained {name} in {' or in '.join(map(str, places))}.",
        "Train it with `kedro run --pipeline networks`, or put a checkpoint of it "
        f"({CONFIG_NAME} and {WEIGHTS_NAME}) into {given}.",
    )
