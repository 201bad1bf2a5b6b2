"""The report's folder: escaping, tables, and what is left of names that want to become markup."""

from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
from tests.evaluation.report.conftest import CLIPS, HOSTILE, METRICS, SYSTEMS
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.evaluation.report.write import SYNTHETIC
from v2meow_pipeline.metrics.keys import describe
from v2meow_pipeline.synthetic import CORPUS


class _Tags(HTMLParser):
    """Every tag with its attributes, and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def _parsed(report: Path) -> _Tags:
    parser = _Tags()
    parser.feed((report / "index.html").read_text())
    return parser


def test_hostile_names_stay_text(report: Path) -> None:
    """Catches a clip, caption, genre, split, system or note that puts its own script or attribute into the page."""
    page = _parsed(report)
    assert [tag for tag, _ in page.tags].count("script") == 1
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    shown = "".join(page.text)
    assert shown.count(HOSTILE) > 10
    assert "<script>alert" not in (report / "index.html").read_text()


def test_the_page_needs_no_other_file(report: Path) -> None:
    """Catches a picture, font or script that is fetched from beside the page or from the net."""
    addresses = [
        value or ""
        for tag, attributes in _parsed(report).tags
        for name, value in attributes.items()
        if name in ("src", "href", "srcset", "poster", "data")
    ]
    assert addresses and all(address.startswith(("data:", "#")) for address in addresses)


def test_the_page_has_the_headline_metrics_and_the_file_all(report: Path) -> None:
    """Catches a page of sixty columns, and metrics that no file has."""
    page, tables = (report / "index.html").read_text(), (report / "tables.md").read_text()
    columns = page[page.index('id="scores"') : page.index('id="groups"')].count('<th scope="col" class="number"')
    assert columns == len(METRICS[:2])
    assert all(metric in tables for metric in METRICS) and "tables.md" in page


def test_videos_come_first(report: Path) -> None:
    """Catches players below a long page of tables, where nobody finds them."""
    page = (report / "index.html").read_text()
    assert 0 < page.index('<section id="clips">') < page.index('<section id="scores">')


def test_headline_metrics_separate_and_are_explained() -> None:
    """Catches a table that leads with the beat score, which is as high for other music as for the clip's own."""
    names = load_config(ROOT, "base", "parameters")["headline_metrics"]
    assert names and not [name for name in names if name.startswith("beat_")]
    assert all(describe(name) for name in names)


def test_synthetic_clips_are_told(report: Path) -> None:
    """Catches numbers of a made-up world that a reader takes for those of real videos."""
    assert SYNTHETIC == CORPUS
    assert "All clips are synthetic" in "".join(_parsed(report).text)


def test_a_row_a_clip_and_system_with_genre_and_split(report: Path) -> None:
    """Catches rows that are lost for clips without a genre, and a genre called NA."""
    table = pd.read_csv(report / "by_clip.csv", keep_default_na=False)
    assert len(table) == CLIPS * len(SYSTEMS)
    assert set(table["genre"]) == {HOSTILE, "NA", "", "jazz"}
    assert list(table.columns[:4]) == ["clip_id", "split", "genre", "system"]


def test_tables_of_a_paper_keep_their_columns(report: Path) -> None:
    """Catches a name with a bar that moves all cells, and a best row that is not marked."""
    lines = (report / "tables.md").read_text().splitlines()
    start = lines.index("## Rhythm") + 2
    table = lines[start : start + 2 + len(SYSTEMS)]
    assert len({line.count("|") for line in table}) == 1
    assert [line for line in table if "**" in line] == [line for line in table if line.startswith("| v2meow ")]
    assert not any("<script>" in line for line in lines)


def test_a_table_a_split(report: Path) -> None:
    """Catches splits that only a figure shows, in the page or in the tables of a paper, or with others' numbers."""
    lines = (report / "tables.md").read_text().splitlines()
    start = lines.index(f"## Split b, {CLIPS - 1} clips") + 2
    assert lines[start + 2].startswith("| v2meow ")
    assert lines[start].count("|") == 2 + len(METRICS[:2])
    headings = [line for line in lines if line.startswith("## Split")]
    assert len(headings) == 2 and "<script>" not in headings[0]
    assert f"b, {CLIPS - 1} clips" in "".join(_parsed(report).text)


def test_figures_lie_beside_the_page(report: Path) -> None:
    """Catches a figure that is drawn for the page alone, and formulas made of a name's dollars."""
    names = {path.name for path in (report / "figures").iterdir()}
    assert names == {"saturation.png", "reliability.png", "by_genre.png", "by_split.png"}
