"""The evaluation sample."""

import pandas as pd
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.choose import ChooseConfig, choose_clips


def _manifest(clips: int) -> pd.DataFrame:
    splits = ["test-iid" if index % 2 else "train" for index in range(clips)]
    return pd.DataFrame({"clip_id": [f"clip-{index}" for index in range(clips)], "split": splits})


def test_only_the_splits_asked_for_are_chosen() -> None:
    """Catches training clips in a test score."""
    chosen = choose_clips(_manifest(40), ChooseConfig(splits=("test-iid",), clips_per_split=7))
    assert len(chosen) == 7
    assert set(chosen["split"]) == {"test-iid"}


def test_a_larger_corpus_draws_from_the_same_order() -> None:
    """Catches a sample that changes altogether when clips are added, so that scores of before and after differ."""
    config = ChooseConfig(clips_per_split=1000)
    small, large = (choose_clips(_manifest(n), config)["clip_id"].tolist() for n in (20, 40))
    assert [clip_id for clip_id in large if clip_id in small] == small


def test_the_order_of_the_manifest_does_not_matter() -> None:
    """Catches a sample that depends on how the manifest happens to be sorted."""
    manifest = _manifest(40)
    shuffled = manifest.sample(frac=1, random_state=3)
    config = ChooseConfig(clips_per_split=5)
    assert choose_clips(manifest, config)["clip_id"].tolist() == choose_clips(shuffled, config)["clip_id"].tolist()


def test_an_empty_split_is_an_error() -> None:
    """Catches a score over nothing."""
    with pytest.raises(ConfigError, match="test-font"):
        choose_clips(_manifest(4), ChooseConfig(splits=("test-font",)))
