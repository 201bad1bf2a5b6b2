"""Derived seeds."""

from v2meow_pipeline.seeding import derive_seed


def test_every_use_has_its_own_seed() -> None:
    """Catches two draws that share a stream, and paths that collide when joined."""
    paths = [("a", "b"), ("ab",), ("a", "b", 0), ("b", "a"), ()]
    assert len({derive_seed(seed, *path) for seed in (0, 1) for path in paths}) == 2 * len(paths)


def test_seeds_are_the_same_on_every_machine() -> None:
    """Catches a hash that is salted per process: the value is frozen."""
    assert derive_seed(7, "clip", "semantic") == 3077527566494750273
