"""The evaluation sample."""

import pandas as pd
import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips


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


def _genres() -> pd.DataFrame:
    """Thirty videos of rock, three of reggae and one without a genre, of four clips each."""
    genres = ["rock"] * 30 + ["reggae"] * 3 + [None]
    rows = [
        {"clip_id": f"{video}-{clip}", "source_id": str(video), "split": "test-iid", "genre": genre}
        for video, genre in enumerate(genres)
        for clip in range(4)
    ]
    return pd.DataFrame(rows)


def test_genres_are_balanced_and_no_video_counts_twice(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a score of which nine tenths are rock, and one of three videos that are cut into many clips."""
    chosen = choose_clips(_genres(), ChooseConfig(clips_per_genre=5))
    assert chosen["genre"].value_counts().to_dict() == {"rock": 5, "reggae": 3}
    assert chosen["source_id"].is_unique
    assert "reggae 3" in caplog.text and "rock" not in caplog.text


def test_only_the_genres_asked_for_are_balanced(caplog: pytest.LogCaptureFixture) -> None:
    """Catches a genre that is missing without a word."""
    chosen = choose_clips(_genres(), ChooseConfig(clips_per_genre=2, genres=("reggae", "polka")))
    assert chosen["genre"].tolist() == ["reggae"] * 2
    assert "polka 0" in caplog.text
    with pytest.raises(ConfigError, match="reggae, rock"):
        choose_clips(_genres(), ChooseConfig(clips_per_genre=2, genres=("polka",)))
    with pytest.raises(ConfigError, match="clips_per_genre"):
        choose_clips(_genres(), ChooseConfig(genres=("rock",)))
