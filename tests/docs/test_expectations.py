"""What pages say before a reader starts: quality, needs and where settings go."""

import pytest
from tests.support.project import ROOT

SAID = {
    "README.md": ("mono audio at 16 kHz", "a prompt of another genre is followed", "| rules |", "rule-based baseline"),
    "docs/how-to/generate.md": ("mono sound at 16 kHz", "a prompt is followed in", "v2meow baseline rules"),
    "docs/how-to/paper.md": ("GPU hours", "CUDA", "conf/paper/"),
    "docs/how-to/settings.md": ("**not** `conf/local`", "runs without `--env`"),
}


@pytest.mark.parametrize("page", SAID)
def test_a_page_says_what_to_expect(page: str) -> None:
    """Catches readers who find out after the work that music is mono, prompts are weak, or settings were not read."""
    text = " ".join((ROOT / page).read_text().split())
    assert [words for words in SAID[page] if words not in text] == []
