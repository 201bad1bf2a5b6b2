"""Derivation of independent seeds from one user-supplied seed."""

import hashlib


def derive_seed(seed: int, *path: str | int) -> int:
    """Derives a 63-bit seed for one use, independent of all other uses of the same `seed`.

    Args:
        seed: user-supplied seed.
        *path: identifier of the use, such as a clip id and a stage name.

    Returns:
        Integer in [0, 2**63), the same on every machine and in every process.
    """
    text = "\x1f".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
