"""The messages in docs/troubleshooting.md are those of the program."""

import ast
import re
from functools import cache

import pytest
from tests.support.project import ROOT

PAGE = (ROOT / "docs/troubleshooting.md").read_text()
# First cells of the tables' rows, in code style; a gap of the message is an ellipsis.
MESSAGES = re.findall(r"^\| ``? ?(.+?)``? ?(?:\|| `)", PAGE, re.MULTILINE)
SHORTEST = 4


@cache
def texts() -> str:
    """All constant texts of the package; parts of a formatted text are separate."""
    found = []
    for path in (ROOT / "src").rglob("*.py"):
        constants = (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant))
        found += [node.value for node in constants if isinstance(node.value, str)]
    return "\n".join(found)


def test_the_page_has_messages() -> None:
    """Catches a pattern that finds nothing."""
    assert len(MESSAGES) > 35


@pytest.mark.parametrize("message", MESSAGES)
def test_the_program_has_this_message(message: str) -> None:
    """Catches a message that was reworded, which nobody finds on the page any more."""
    parts = [part.strip(" .") for part in re.split("…|(?<=[a-z])\\. ", message)]
    parts = [part for part in parts if len(part) >= SHORTEST]
    assert parts
    for part in parts:
        assert part in texts(), part
