"""Which part of the corpus a source video belongs to: decided by its content, never by clip.

Two clips of one video share their music and their look, so a split by clip would test on what was trained on. The
paper splits 80:20 (section "Data"); the shares here are thresholds on a hash of the file, so that a video stays where
it is when others are added or its name changes.
"""

from collections.abc import Mapping

from v2meow_pipeline.corpus.record import Split
from v2meow_pipeline.seeding import derive_seed

TEST: Split = "test-iid"


def assign_splits(hashes: Mapping[str, str], test_share: float, val_share: float, seed: int) -> dict[str, Split]:
    """A split for each source that does not bring its own.

    A corpus so small that the thresholds leave a part empty gives it the source nearest to the threshold: one source
    trains, of two one tests, and from three on all parts have one.

    Args:
        hashes: SHA-256 of the file by source id; equal hashes get equal splits.
        test_share: of all sources, in [0, 1).
        val_share: of those that are not for testing, in [0, 1).
        seed: another one deals other splits.

    Returns:
        Split by source id.
    """
    draws = {digest: derive_seed(seed, "split", digest) / 2**63 for digest in hashes.values()}
    val_until = test_share + (1 - test_share) * val_share
    splits: dict[str, Split] = {
        digest: TEST if draw < test_share else "val" if draw < val_until else "train" for digest, draw in draws.items()
    }
    _fill_empty_parts(splits, sorted(draws, key=draws.__getitem__), test_share > 0, val_share > 0)
    return {source_id: splits[digest] for source_id, digest in hashes.items()}


def _fill_empty_parts(splits: dict[str, Split], by_draw: list[str], wants_test: bool, wants_val: bool) -> None:
    """Changes `splits` of a small corpus; `by_draw` has its hashes from the test end to the training end."""
    if by_draw and "train" not in splits.values():
        splits[by_draw[-1]] = "train"
    if wants_test and len(by_draw) > 1 and TEST not in splits.values():
        splits[by_draw[0]] = TEST
    if wants_val and len(by_draw) > 2 and "val" not in splits.values():
        training = [digest for digest in by_draw if splits[digest] == "train"]
        testing = [digest for digest in by_draw if splits[digest] == TEST]
        splits[training[0] if len(training) > 1 else testing[-1]] = "val"
