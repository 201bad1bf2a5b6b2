"""Findings about source videos, kept between runs."""

import math
from pathlib import Path

import pytest

from v2meow_pipeline.app.demo import real_clip
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus import probe_cache as remember
from v2meow_pipeline.corpus.probe_video import Examined, IngestConfig
from v2meow_pipeline.source_video import SourceVideo

CONFIG = IngestConfig(workers=1)
CLOCK = Clock()


def _sources(folder: Path) -> list[SourceVideo]:
    text = folder / "text.mp4"
    text.write_text("no film")
    paths = {"film": real_clip(), "text": text, "missing": folder / "missing.mp4"}
    return [SourceVideo(source_id=name, path=str(path), corpus="test") for name, path in paths.items()]


def _without_nan(found: list[Examined]) -> list[str]:
    return [repr(one) for one in found]


def test_what_was_found_out_is_the_same_when_remembered(tmp_path: Path) -> None:
    """Catches findings that change on their way through JSON: refusals without a start, paths, missing values."""
    sources = _sources(tmp_path)
    memory = tmp_path / "memory"
    first = remember.examine_all(sources, CONFIG, CLOCK, memory)
    assert _without_nan(remember.examine_all(sources, CONFIG, CLOCK, memory)) == _without_nan(first)
    assert math.isnan(first[1].refusals[0].start_s)


def test_only_new_and_changed_files_are_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a rerun that reads every video again, and a changed video whose old findings are used."""
    looked_at: list[str] = []
    examine = remember.examine_isolated

    def counted(source: SourceVideo, config: IngestConfig, clock: Clock) -> Examined:
        looked_at.append(source.source_id)
        return examine(source, config, clock)

    monkeypatch.setattr(remember, "examine_isolated", counted)
    sources = _sources(tmp_path)
    remember.examine_all(sources, CONFIG, CLOCK, tmp_path / "memory")
    looked_at.clear()
    remember.examine_all(sources, IngestConfig(workers=1, test_share=0.5), CLOCK, tmp_path / "memory")
    assert looked_at == ["missing"]
    Path(sources[1].path).write_text("no film, but longer")
    looked_at.clear()
    remember.examine_all(sources, CONFIG, CLOCK, tmp_path / "memory")
    assert looked_at == ["text", "missing"]
    looked_at.clear()
    remember.examine_all(sources, IngestConfig(workers=1, silence_dbfs=-40), CLOCK, tmp_path / "memory")
    assert looked_at == ["film", "text", "missing"]
