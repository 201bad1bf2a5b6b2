"""Loading of vocoder checkpoints."""

from pathlib import Path

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.networks.checkpointing import load_network
from v2meow_pipeline.tokenizers.vocoder.config import VocoderConfig
from v2meow_pipeline.tokenizers.vocoder.network import Vocoder

KIND = "vocoder"


def load_vocoder(folder: Path, clock: Clock) -> Vocoder:
    """Loads a vocoder.

    Args:
        folder: checkpoint directory written by training.
        clock: required clock.

    Returns:
        The vocoder, in evaluation mode.

    Raises:
        V2MeowError: if the checkpoint is missing, damaged or of another kind; StaleError if it was made for another
            clock.
    """
    return load_network(folder, KIND, VocoderConfig, lambda config: Vocoder(config, clock), clock)
