"""Base class of codecs that are trained networks with a residual quantizer."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.networks.checkpointing import load_network, save_network
from v2meow_pipeline.networks.device import freeze

Settings = TypeVar("Settings", bound=Config)


class NetworkCodec(Generic[Settings]):
    """Implements the parts of the `Codec` protocol that do not depend on the network's inputs.

    Attributes:
        kind: kind of its checkpoints.
        settings: configuration class of the network.
        network_class: class of the network, which is built from its configuration and the clock.
        network: network in evaluation mode, with a `ResidualQuantizer` as `quantizer`.
        config: configuration of the network.
        clock: frame rates, levels and codebook sizes.

    Args:
        network: trained network.
        config: configuration of the network.
        clock: frame rates, levels and codebook sizes.
    """

    kind: ClassVar[str]
    settings: ClassVar[type[Config]]
    network_class: ClassVar[type[Any]]

    def __init__(self, network: Any, config: Settings, clock: Clock) -> None:
        self.network, self.config, self.clock = freeze(network), config, clock

    @property
    def fingerprint(self) -> str:
        """Fingerprint (16 hex digits) of the clock, the configuration and all weights."""
        digest = hashlib.sha256()
        for name, value in self.network.state_dict().items():
            digest.update(name.encode() + value.cpu().numpy().tobytes())
        return fingerprint(self.kind, self.config.fingerprint(), self._made_for(), digest.hexdigest())

    def codebooks(self) -> Float[np.ndarray, "level code width"]:
        """Codebook vectors of each level, as summed by the decoder."""
        return self.network.quantizer.vectors().cpu().numpy()

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint; see `Codec.save`."""
        extra = {"trained_on": trained_on, "licence": licence}
        save_network(folder, self.kind, self.network, self.config, fingerprint, self.clock, extra)

    @classmethod
    def load(cls, folder: Path, clock: Clock) -> Any:  # beartype cannot check Self in a class that it does not decorate
        """Loads a codec.

        Args:
            folder: checkpoint directory written by `save` or by training.
            clock: required clock.

        Returns:
            The codec, of this class.

        Raises:
            V2MeowError: if the checkpoint is missing, damaged or of another kind; StaleError if it was made for another
                clock.
        """
        network: Any = load_network(
            folder, cls.kind, cls.settings, lambda config: cls.network_class(config, clock), clock
        )
        return cls(network, network.config, clock)

    def _made_for(self) -> Any:
        """Settings of the clock that the codec depends on, as JSON values."""
        return self.clock.fingerprint_of_tokens()
