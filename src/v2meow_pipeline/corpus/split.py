"""Assignment of source videos to train, validation and test splits by a hash of their content.

Splits are by video, not by clip: clips of one video share music and look, so a split by clip would leak training data
into the test set. The paper splits 80:20 (section "Data"); the shares are thresholds on a hash of the file, so that a
video keeps its split when others are added or it is renamed.
"""

from collections.abc import Mapping

from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.source_video import Split

TEST: Split = "test-iid"


def assign_splits(hashes: Mapping[str, str], test_share: float, val_share: float, seed: int) -> dict[str, Split]:
    """Assigns splits to the sources that have no preset split.

    If the corpus is so small that a split is empty, that split gets the source nearest to its threshold: a single
    source is used for training, the second for testing, and from three on every split has a source.

    Args:
        hashes: SHA-256 of the file by source id; equal hashes get equal splits.
        test_share: share of test sources, in [0, 1).
        val_share: share of validation sources among those not used for testing, in [0, 1).
        seed: seed of the assignment.

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
    """Fills empty splits in place; `by_draw` lists the hashes in ascending order of their draw, test first."""
    if by_draw and "train" not in splits.values():
        splits[by_draw[-1]] = "train"
    if wants_test and len(by_draw) > 1 and TEST not in splits.values():
        splits[by_draw[0]] = TEST
    if wants_val and len(by_draw) > 2 and "val" not in splits.values():
        training = [digest for digest in by_draw if splits[digest] == "train"]
        testing = [digest for digest in by_draw if splits[digest] == TEST]
        splits[training[0] if len(training) > 1 else testing[-1]] = "val"
