"""The documentation site: built strictly, and independent of the network."""

import ast
import os
import re
import subprocess
from pathlib import Path

import pytest
from tests.support.project import ROOT, command

# What a browser loads by itself: not links that a reader follows.
LOADED = re.compile(
    r"<(?:script|img|video|audio|source|iframe|link)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"'\s>]+)"
)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_the_site_is_built_without_warnings_and_loads_nothing_from_the_network(tmp_path: Path) -> None:
    """Catches broken links, anchors and docstrings, pages without navigation, and fonts or scripts of other servers."""
    build = [command("mkdocs"), "build", "--strict", "--site-dir", str(tmp_path / "site")]
    subprocess.run(build, cwd=ROOT, check=True, env=os.environ | {"NO_MKDOCS_2_WARNING": "1"})
    pages = sorted((tmp_path / "site").rglob("*.html"))
    assert len(pages) > 80
    for page in pages:
        assert LOADED.findall(page.read_text()) == [], page


def test_every_subpackage_has_a_page() -> None:
    """Catches a new subpackage that the API reference lacks."""
    packages = {path.parent.name for path in (ROOT / "src/v2meow_pipeline").glob("*/__init__.py")}
    pages = {path.stem for path in (ROOT / "docs/reference").glob("*.md")}
    assert pages == packages | {"index", "modules"}


def test_every_module_outside_subpackages_is_in_the_reference() -> None:
    """Catches a new module that the API reference lacks."""
    names = {path.stem for path in (ROOT / "src/v2meow_pipeline").glob("*.py")} - {"__init__", "__main__"}
    assert set(re.findall(r"::: v2meow_pipeline\.(\w+)", (ROOT / "docs/reference/modules.md").read_text())) == names


def test_the_reference_describes_subpackages_as_they_do() -> None:
    """Catches a table that is older than the docstrings."""
    table = (ROOT / "docs/reference/index.md").read_text()
    for path in (ROOT / "src/v2meow_pipeline").glob("*/__init__.py"):
        docstring = ast.get_docstring(ast.parse(path.read_text()))
        assert docstring and docstring.splitlines()[0] in table, path.parent.name
