"""The page's own files, and what cells hold."""

import tomllib
from pathlib import Path

import pytest
from tests.support.project import ROOT

from v2meow_pipeline.evaluation.report.page import FOLDER, breakable, data_uri, sort_key

SOURCE = ROOT / "src" / "v2meow_pipeline"


def test_an_installed_package_has_the_page() -> None:
    """Catches a template that works in a checkout and is missing from the wheel."""
    told = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]
    packed = {
        path
        for package, patterns in told.items()
        for pattern in patterns
        for path in (ROOT / "src" / Path(*package.split("."))).glob(pattern)
        if path.is_file()
    }
    others = {path for path in SOURCE.rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    assert others and others == packed


def test_the_script_cannot_end_its_own_element() -> None:
    """Catches a closing tag in our script or style, behind which the rest of it would be shown as text."""
    for path in (SOURCE / "evaluation" / "report" / FOLDER).iterdir():
        if path.suffix in (".js", ".css"):
            assert "</" not in path.read_text()


@pytest.mark.parametrize(
    ("value", "key"), [(None, ""), (float("nan"), ""), (float("inf"), ""), (-0.5, "-0.5"), (0.0, "0")]
)
def test_no_number_sorts_as_nothing(value: float | None, key: str) -> None:
    """Catches NaN that the browser sorts as a number, and a zero that is taken for nothing."""
    assert sort_key(value) == key


def test_breaks_are_the_only_markup_of_a_name() -> None:
    """Catches a name that is marked safe on its way to the page."""
    assert breakable("a_<b>") == "a_<wbr>&lt;b&gt;"
    assert data_uri(b"ab", "image/png") == "data:image/png;base64,YWI="
