"""The base of every configuration model.

Each room keeps its own configuration next to the code it configures; all of them derive from `Config`, so that
an unknown key is an error, a built config never changes, and its fingerprint is stable across processes.
"""

import hashlib
import json
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from v2meow_pipeline.errors import ConfigError


class Config(BaseModel):
    """A frozen configuration that rejects keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @classmethod
    def parse(cls, params: dict[str, Any]) -> Self:
        """The configuration of a plain dict, as Kedro parameters or a checkpoint hold it.

        Args:
            params: keys and values; unknown keys are refused.

        Returns:
            The validated configuration.

        Raises:
            ConfigError: naming each key that is wrong and why.
        """
        try:
            return cls.model_validate(params)
        except ValidationError as error:
            faults = "; ".join(f"{'.'.join(map(str, e['loc'])) or '(all)'}: {e['msg']}" for e in error.errors())
            raise ConfigError(f"{cls.__name__} is not valid: {faults}.", "Correct the parameters.") from error

    def fingerprint(self) -> str:
        """16 hex digits that change when any value changes."""
        return fingerprint(self.model_dump(mode="json"))


def fingerprint(*parts: Any) -> str:
    """16 hex digits of any JSON-like values, the same on every machine and in every process.

    Args:
        *parts: strings, numbers, lists and dicts (key order does not matter).

    Returns:
        The first 16 hex digits of the SHA-256 of their canonical JSON.
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
