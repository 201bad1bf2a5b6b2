"""What changed between manifests."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from v2meow_pipeline.corpus.manifest_diff import contents, diff_manifests, known_first

clip = st.tuples(st.sampled_from("ABCDEFG"), st.sampled_from("xy"), st.sampled_from(["train", "val"]))
manifests = st.lists(clip, unique_by=lambda row: row[0], max_size=7).map(
    lambda rows: pd.DataFrame(
        {
            "clip_id": [row[0] for row in rows],
            "sha256": [row[1] for row in rows],
            "split": [row[2] for row in rows],
            "start_s": [0.0] * len(rows),
        }
    )
)


@given(manifests, manifests)
def test_every_difference_is_news_and_nothing_else(before: pd.DataFrame, now: pd.DataFrame) -> None:
    """Catches a clip that is overlooked, counted twice, or new because the order changed."""
    news = diff_manifests(before, now)
    assert set(news.new) == set(now["clip_id"]) - set(before["clip_id"])
    assert set(news.gone) == set(before["clip_id"]) - set(now["clip_id"])
    assert set(news.changed) <= set(now["clip_id"]) & set(before["clip_id"])
    assert (contents(before) == contents(now)) == (not any(news))


@given(manifests, manifests)
def test_known_clips_keep_their_places(before: pd.DataFrame, now: pd.DataFrame) -> None:
    """Catches an order that moves every clip behind a new one into another shard."""
    ordered = known_first(before, now)["clip_id"].tolist()
    stayed = [clip_id for clip_id in before["clip_id"] if clip_id in set(now["clip_id"])]
    assert ordered[: len(stayed)] == stayed
    assert sorted(ordered) == sorted(now["clip_id"])
    assert ordered[len(stayed) :] == [c for c in now["clip_id"] if c not in set(before["clip_id"])]
