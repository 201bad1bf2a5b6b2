"""Lists of YouTube and YouTube-8M ids, in three kinds of file."""

from pathlib import Path

import pytest

from v2meow_pipeline.corpus.sources.published.config import Mv100kConfig
from v2meow_pipeline.corpus.sources.published.item import Item
from v2meow_pipeline.corpus.sources.published.mv100k import read_mv100k
from v2meow_pipeline.errors import ConfigError


def read(folder: Path, text: str) -> list[Item]:
    (folder / "index").write_text(text, encoding="utf-8")
    return read_mv100k(Mv100kConfig.parse({"index": str(folder / "index"), "path": str(folder), "licence": "?"}))


@pytest.mark.parametrize(
    "text",
    [
        "nXSc\n\nABcd\nytid\n",
        'p("0mdxd",["nXSc","ABcd","ytid"]);\n',
        "genre,id\npop,nXSc\npop,ABcd\npop,ytid\n",
        "id,youtube_id\n0,nXSc\n1,ABcd\n2,ytid\n",
        "\ufeffytid\nnXSc\nABcd\nytid\n",
    ],
)
def test_all_kinds_of_list_name_the_same_videos(text: str, tmp_path: Path) -> None:
    """Catches an id that is taken for a header, or a header for an id."""
    items = read(tmp_path, text)
    assert [item.id for item in items] == ["nXSc", "ABcd", "ytid"]
    assert items[0].url == "https://data.yt8m.org/2/j/i/nX/nXSc.js"


def test_youtubes_own_ids_need_no_lookup(tmp_path: Path) -> None:
    """Catches a request to YouTube-8M for an id that it doesn't know."""
    text = (
        "youtube_id,genre,split,start_s,end_s,caption\n"
        "dQw4w9WgXcQ,/m/064t9,train,30,,\n"
        "0sf943sWZls,Music of Asia,,,,Drums\n"
        "aaaaaaaaaaa,polka,,,,\n"
    )
    first, second, third = read(tmp_path, text)
    assert first.url.endswith("watch?v=dQw4w9WgXcQ")
    assert (first.genre, first.split, first.start_s, first.end_s, first.caption) == ("pop", "train", 30.0, None, None)
    assert (second.genre, second.caption, third.genre) == ("asia", "Drums", "polka")


def test_ids_that_differ_by_case_alone_have_files_that_differ_by_more() -> None:
    """Catches two videos that are one on a disk that doesn't tell capitals apart."""
    names = {Item(item_id, "").file_name.lower() for item_id in ("abcd", "Abcd", "aBcd", "ABCD", "ABcd")}
    assert len(names) == 5
    assert Item("dQw4w9WgXcQ", "").file_name == "dQw4w9WgXcQ.mp4"


def test_a_fifth_is_for_testing_whatever_else_is_in_the_list(tmp_path: Path) -> None:
    """Catches a video that changes sides when the list grows."""
    ids = [f"{number:011d}" for number in range(1000)]
    whole = {item.id: item.split for item in read(tmp_path, "\n".join(ids))}
    part = {item.id: item.split for item in read(tmp_path, "\n".join(ids[:500]))}
    assert all(whole[one] == part[one] for one in part)
    assert 160 <= sum(split == "test-iid" for split in whole.values()) <= 240


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("nXSc\ntoolong\n", r"line 2: 'toolong' is neither"),
        ("nXSc\nnXSc\n", r"line 2: nXSc is already in line 1"),
        ("id,split\nnXSc,dev\n", r"line 2: the split 'dev' is not one of train"),
        ('p("0mdxd",["nXSc",7]);', r"line 1: this is not p"),
        ('p("0mdxd",["nXSc"', r"line 1: this is not p"),
    ],
)
def test_what_is_malformed_is_named_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    """Catches a hundred thousand requests for the wrong column."""
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, text)
