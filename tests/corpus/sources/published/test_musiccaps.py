"""MusicCaps' published CSV, quotes, lists and all."""

from pathlib import Path

import pytest

from v2meow_pipeline.corpus.sources.published.config import MusicCapsConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.musiccaps import read_musiccaps
from v2meow_pipeline.errors import ConfigError

HEADER = (
    "ytid,start_s,end_s,audioset_positive_labels,aspect_list,caption,author_id,is_balanced_subset,is_audioset_eval\n"
)
ROWS = (
    "-0Gj8-vB1q4,30,40,\"/m/0140xf,/m/02cjck,/m/04rlf\",\"['low quality', 'sustained strings melody']\","
    '"The low quality recording features a ballad song.",4,False,True\n'
    '0pK3rjLd2aE,0,10,"/m/06by7,/m/05r6t","[\'punk\']","Fast, loud\nand ""raw"".",2,False,False\n'
)


def read(folder: Path, text: str, **options: object) -> list[Item]:
    (folder / "musiccaps-public.csv").write_text(text, encoding="utf-8")
    params = {"index": str(folder / "musiccaps-public.csv"), "path": str(folder), "licence": "?", **options}
    return read_musiccaps(MusicCapsConfig.parse(params))


def test_the_published_columns_become_sections_captions_and_genres(tmp_path: Path) -> None:
    """Catches a caption cut at its comma or line, and a genre that is only AudioSet's id."""
    ballad, punk = read(tmp_path, HEADER + ROWS)
    assert (ballad.id, ballad.start_s, ballad.end_s, ballad.genre) == ("-0Gj8-vB1q4", 30.0, 40.0, None)
    assert ballad.url == "https://www.youtube.com/watch?v=-0Gj8-vB1q4"
    assert punk.caption == 'Fast, loud\nand "raw".'
    assert punk.genre == "punk rock", "rock, its parent, says less"


def test_audiosets_evaluation_part_is_tested_on(tmp_path: Path) -> None:
    """Catches test clips in training, and a split that changes with the rest of the index."""
    text = HEADER + ROWS + "".join(f'{n:011d},0,10,,"[]","A song.",1,False,False\n' for n in range(200))
    items = read(tmp_path, text)
    assert items[0].split == "test-iid" and {item.split for item in items[1:]} == {"train", "val"}
    assert 5 <= sum(item.split == "val" for item in items) <= 40
    fewer = {item.id: item.split for item in read(tmp_path, "".join(text.splitlines(keepends=True)[:120]))}
    assert all(fewer[item.id] == item.split for item in items if item.id in fewer)
    assert {item.split for item in read(tmp_path, text, splits="test")} == {"test-iid"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEADER + ROWS + "short,0,10,,[],A song.,1,False,False\n", r"line 5: 'short' is not a YouTube id"),
        (HEADER + ROWS + ROWS, r"line 5: -0Gj8-vB1q4 is already in line 2"),
        (HEADER + ROWS.replace("30,40", "40,30"), r"line 2: the section from 40 to 30 s is empty"),
        (HEADER + ROWS.replace("30,40", "soon,40"), r"line 2: start 'soon'"),
        (HEADER + ROWS.replace("False,True", "False,maybe"), r"line 2: is_audioset_eval is 'maybe'"),
        (HEADER + "0pK3rjLd2aE,0,10\n", r"line 2: the row has more or fewer cells than the header"),
        (HEADER + '0pK3rjLd2aE,0,10,"/m/06by7"x,[],c,1,False,False\n', r"line 2: this is not a CSV"),
        (HEADER + "0pK3rjLd2aE,0,10,,[],,1,False,False\n", r"line 2: there is no caption"),
        ("ytid,caption\n", r"line 1: there is no column start_s, end_s"),
        (" \n", r"is empty"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    """Catches "KeyError: 'ytid'" after a download that stopped half-way."""
    with pytest.raises(ConfigError, match=rf"musiccaps-public\.csv.*{told}"):
        read(tmp_path, text)


def test_a_missing_index_says_where_it_comes_from(tmp_path: Path) -> None:
    """Catches a traceback as the first thing that a newcomer sees."""
    params = {"index": str(tmp_path / "none.csv"), "path": str(tmp_path), "licence": "?"}
    with pytest.raises(ConfigError, match=r"no index .*none\.csv.*datasets\.md"):
        read_musiccaps(MusicCapsConfig.parse(params))
