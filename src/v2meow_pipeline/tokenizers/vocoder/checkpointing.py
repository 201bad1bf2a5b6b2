"""The vocoder's checkpoint."""

from pathlib import Path

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder

KIND = "vocoder"


def load_vocoder(folder: Path, clock: Clock) -> Vocoder:
    """The vocoder of a checkpoint.

    Args:
        folder: written by training.
        clock: the one in use.

    Returns:
        The network, in evaluation mode. A missing or damaged checkpoint, or one of another kind, is a V2MeowError; one
        made for another clock is a StaleError.
    """
    return load_network(folder, KIND, VocoderConfig, lambda config: Vocoder(config, clock), clock)
