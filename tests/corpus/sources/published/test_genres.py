"""AudioSet's genres and the paper's."""

import pytest

from v2meow_pipeline.corpus.sources.published.genres import PAPER_GENRES, genre_named, genre_of_labels


def test_the_paper_has_thirteen_genres_and_each_has_a_label() -> None:
    """Catches a genre of the paper that no video can have."""
    assert len(set(PAPER_GENRES)) == 13
    names = ("Electronic music", "Hip hop music", "Pop music", "Punk rock", "Independent music", "Rhythm and blues")
    more = ("Heavy metal", "Music of Asia", "Reggae", "Christian music", "Music of Latin America", "Music of Africa")
    assert {genre_named(name) for name in (*names, *more, "Rock music")} == set(PAPER_GENRES)


@pytest.mark.parametrize(
    ("text", "genre"), [("/m/0glt670", "hip hop"), (" Hip  Hop ", "hip hop"), ("polka", "polka"), ("", None)]
)
def test_a_genre_has_one_spelling(text: str, genre: str | None) -> None:
    """Catches "Pop music" and "pop" as two genres of a balanced evaluation."""
    assert genre_named(text) == genre


def test_the_most_telling_label_counts() -> None:
    """Catches heavy metal that is counted as rock, its parent, because that stands first."""
    assert genre_of_labels(["/m/04rlf", "/m/06by7", "/m/03lty"]) == "heavy metal"
    assert genre_of_labels(["/m/04rlf"]) is None
