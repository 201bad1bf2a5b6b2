"""Prompts that cannot be read."""

import logging
from pathlib import Path

import pytest

from v2meow_pipeline.composer import generate
from v2meow_pipeline.composer.prompt import WORDS_READ, check_prompt
from v2meow_pipeline.errors import ConfigError


@pytest.mark.parametrize("prompt", [" ", "\n\t", "🎹🎶", "?!... --"])
def test_a_prompt_without_words_is_refused_before_any_work(prompt: str, tmp_path: Path) -> None:
    """It conditions the music on nothing, and says so to nobody."""
    with pytest.raises(ConfigError, match="no words"):
        generate(tmp_path / "none.mp4", tmp_path / "out.mp4", prompt=prompt)


def test_a_prompt_that_is_too_long_is_told(caplog: pytest.LogCaptureFixture) -> None:
    """1,600 words were cut to 256 word pieces in silence."""
    with caplog.at_level(logging.WARNING):
        check_prompt("calm " * WORDS_READ)
        check_prompt("ピアノ")
    assert not caplog.records
    with caplog.at_level(logging.WARNING):
        check_prompt("calm " * 1600)
    assert "1600 words" in caplog.text
