"""Splits: by content, stable, and never empty where there is enough."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.corpus.split import assign_splits


def hashes(count: int, salt: str = "") -> dict[str, str]:
    return {f"v{i}": hashlib.sha256(f"{salt}{i}".encode()).hexdigest() for i in range(count)}


def test_shares_are_those_asked_for() -> None:
    dealt = list(assign_splits(hashes(4000), 0.2, 0.1, 0).values())
    shares = {split: dealt.count(split) / len(dealt) for split in set(dealt)}
    assert shares == {
        "test-iid": pytest.approx(0.2, abs=0.02),
        "val": pytest.approx(0.08, abs=0.015),
        "train": pytest.approx(0.72, abs=0.02),
    }


def test_more_videos_leave_the_others_where_they_are() -> None:
    """A video that moved from test to train between two runs would be tested on after it was trained on."""
    few, many = assign_splits(hashes(100), 0.2, 0.1, 0), assign_splits(hashes(400), 0.2, 0.1, 0)
    assert {source: many[source] for source in few} == few


def test_same_content_under_two_names_gets_one_split() -> None:
    twins = {"a": "0" * 64, "b": "0" * 64, **hashes(30)}
    dealt = assign_splits(twins, 0.2, 0.1, 0)
    assert dealt["a"] == dealt["b"]


def test_another_seed_deals_other_splits() -> None:
    assert assign_splits(hashes(100), 0.2, 0.1, 0) != assign_splits(hashes(100), 0.2, 0.1, 1)


@given(count=st.integers(0, 12), salt=st.text(max_size=4))
def test_small_corpora_have_every_part_that_they_can_have(count: int, salt: str) -> None:
    """Training without a validation video, or with nothing but tests, would fail an hour later."""
    parts = set(assign_splits(hashes(count, salt), 0.2, 0.1, 0).values())
    expected = [set(), {"train"}, {"train", "test-iid"}]
    assert parts == expected[count] if count < 3 else parts == {"train", "val", "test-iid"}


def test_shares_of_zero_are_kept() -> None:
    assert set(assign_splits(hashes(20), 0.0, 0.0, 0).values()) == {"train"}
    assert "val" not in assign_splits(hashes(20), 0.2, 0.0, 0).values()
