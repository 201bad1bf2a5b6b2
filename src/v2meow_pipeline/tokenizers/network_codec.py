"""What codecs that are a trained network with a residual quantizer have in common."""

import hashlib
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.networks.checkpointing import save_network
from v2meow_pipeline.networks.device import freeze

Settings = TypeVar("Settings", bound=Config)


class NetworkCodec(Generic[Settings]):
    """The parts of the `Codec` protocol that do not depend on what the network works on.

    Attributes:
        kind: of its checkpoints.
        network: in evaluation mode; its `quantizer` is a `ResidualQuantizer`.
        config: as trained.
        clock: the one in use.

    Args:
        network: trained.
        config: of the network.
        clock: rates, levels and codes.
    """

    kind: ClassVar[str]

    def __init__(self, network: Any, config: Settings, clock: Clock) -> None:
        self.network, self.config, self.clock = freeze(network), config, clock

    @property
    def fingerprint(self) -> str:
        """16 hex digits of the clock, the sizes and every weight."""
        digest = hashlib.sha256()
        for name, value in self.network.state_dict().items():
            digest.update(name.encode() + value.cpu().numpy().tobytes())
        return fingerprint(self.kind, self.config.fingerprint(), self._made_for(), digest.hexdigest())

    def codebooks(self) -> Float[np.ndarray, "level code width"]:
        """The vectors of each level's codes, as the decoder sums them."""
        return self.network.quantizer.vectors().cpu().numpy()

    def save(self, folder: Path, fingerprint: str, trained_on: str, licence: str = "unknown") -> None:
        """Writes a checkpoint; see `Codec.save`."""
        extra = {"trained_on": trained_on, "licence": licence}
        save_network(folder, self.kind, self.network, self.config, fingerprint, self.clock, extra)

    def _made_for(self) -> Any:
        """What of the clock the codec was made for, as JSON values."""
        return self.clock.fingerprint_of_tokens()
