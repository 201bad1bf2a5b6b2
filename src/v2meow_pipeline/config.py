"""Base class of all configuration models.

Each package defines its configuration beside the code that it configures. All configurations derive from `Config`:
unknown keys are errors, instances are immutable, and fingerprints are stable across processes.
"""

import hashlib
import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from v2meow_pipeline.errors import ConfigError


class Config(BaseModel):
    """Immutable configuration that rejects unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, params: dict[str, Any]) -> Self:
        """Validates a plain dict, such as Kedro parameters or the config of a checkpoint.

        Args:
            params: keys and values; unknown keys are rejected.

        Returns:
            Validated configuration.

        Raises:
            ConfigError: when a key or value is invalid; the message lists all of them.
        """
        try:
            return cls.model_validate(params)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or '(all)'}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"{cls.__name__} is not valid: {faults}.", "Correct the parameters.") from error

    def fingerprint(self) -> str:
        """Fingerprint of all values: 16 hex digits."""
        return fingerprint(self.model_dump(mode="json"))


def fingerprint(*parts: Any) -> str:
    """Fingerprint of JSON-like values, the same on every machine and in every process.

    Args:
        *parts: strings, numbers, lists and dicts; the order of keys does not matter.

    Returns:
        First 16 hex digits of the SHA-256 of the canonical JSON.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
