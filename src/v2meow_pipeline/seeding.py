"""Seeds: one number from a person, one independent number for each use of it."""

import hashlib


def derive_seed(seed: int, *path: str | int) -> int:
    """A 63-bit seed for one use, independent of every other use of the same `seed`.

    Args:
        seed: what the person chose.
        *path: what the draw is for, such as a clip id and a stage name.

    Returns:
        An integer in [0, 2**63), the same on every machine and in every process.
    """
    text = "\x1f".join(str(part) for part in (seed, *path))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1
