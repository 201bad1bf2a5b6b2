"""AIST++'s lists, and the segments that the paper evaluates on."""

from pathlib import Path

import pytest
from tests.support.corpus_videos import make_video, tone
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.ingest import IngestConfig, build_tables
from v2meow_pipeline.corpus.sources import collect
from v2meow_pipeline.corpus.sources.published.aistpp import read_aistpp, tempo_of
from v2meow_pipeline.corpus.sources.published.config import AistppConfig
from v2meow_pipeline.corpus.sources.published.segments import spans
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig
from v2meow_pipeline.evaluation.generate import GenerateConfig
from v2meow_pipeline.media.probe import probe

NAME = "gBR_sBM_cAll_d04_mBR0_ch01"
# Music of AIST++'s `crossmodal_val` and `crossmodal_test`: one piece a genre, two dances each in either list.
EVALUATED = ("BR0", "PO1", "LO2", "MH3", "LH4", "HO5", "WA0", "KR2", "JS3", "JB5")


def config(folder: Path, index: Path, **options: object) -> AistppConfig:
    return AistppConfig.parse({"index": str(index), "path": str(folder), "licence": "?", **options})


def write(path: Path, *names: str) -> Path:
    path.write_text("".join(f"{name}\n" for name in names))
    return path


def test_a_name_tells_genre_and_tempo(tmp_path: Path) -> None:
    """Catches the tempo of other genres given to house, and "cAll", which is not a file."""
    house = "gHO_sFM_cAll_d19_mHO5_ch03"
    group = "gLO_sGR_c05_d13_d14_d15_mLO2_ch01"
    index = write(tmp_path / "list.txt", NAME, house, group)
    first, second, third = read_aistpp(config(tmp_path, index, base_url="http://127.0.0.1/v/"))
    assert first.url == "http://127.0.0.1/v/gBR_sBM_c01_d04_mBR0_ch01.mp4"
    assert (first.id, first.genre, first.tempo_bpm, first.split) == (NAME.replace("cAll", "c01"), "break", 80.0, None)
    assert (second.genre, second.tempo_bpm, third.id) == ("house", 135.0, group)
    assert read_aistpp(config(tmp_path, index, camera="c05"))[0].id == NAME.replace("cAll", "c05")


def test_the_published_lists_say_the_split(tmp_path: Path) -> None:
    """Catches evaluation dances in training."""
    for part, dance in (("train", "02"), ("val", "01"), ("test", "03")):
        write(tmp_path / f"crossmodal_{part}.txt", NAME.replace("ch01", f"ch{dance}"))
    assert [item.split for item in read_aistpp(config(tmp_path, tmp_path))] == ["train", "val", "test-iid"]
    assert read_aistpp(config(tmp_path, tmp_path / "crossmodal_test.txt"))[0].split == "test-iid"


@pytest.mark.parametrize(
    "name",
    ["gXX_sBM_cAll_d04_mBR0_ch01", "gBR_sBM_cAll_d04_mBR6_ch01", "gBR_sBM_c10_d04_mBR0", "../../etc/passwd", "<html>"],
)
def test_what_is_malformed_is_named_with_its_line(name: str, tmp_path: Path) -> None:
    """Catches a file name that leads out of the folder, and an error page that was saved as a list."""
    index = write(tmp_path / "list.txt", NAME, name)
    with pytest.raises(ConfigError, match=r"list\.txt, line 2: .* is not a name such as"):
        read_aistpp(config(tmp_path, index))


def test_a_dance_named_twice_is_told(tmp_path: Path) -> None:
    """Catches a dance in two splits."""
    write(tmp_path / "crossmodal_train.txt", NAME)
    write(tmp_path / "crossmodal_val.txt", NAME.replace("cAll", "c01"))
    write(tmp_path / "crossmodal_test.txt", NAME.replace("ch01", "ch02"))
    with pytest.raises(ConfigError, match=r"crossmodal_val\.txt, line 1: .* is listed twice"):
        read_aistpp(config(tmp_path, tmp_path))


def test_segments_are_as_many_as_in_the_paper() -> None:
    """Catches another rule for remainders: 20 dances of 16 beats give 20 segments of 10 s and 86 of 2 s (Table 2)."""
    lengths_s = [16 * 60 / tempo_of(music[:2], int(music[2])) for music in EVALUATED for _ in range(2)]
    counts = {segment_s: sum(len(spans(length_s, segment_s)) for length_s in lengths_s) for segment_s in (10, 6, 2)}
    assert counts[10] == 20 and counts[2] == 86
    assert spans(7.99, 2) == [(0, 2), (2, 4), (4, 6), (6, 7.99)]
    assert spans(7.1, 10) == [(0, 7.1)]


def test_segments_become_clips_of_their_own(tmp_path: Path) -> None:
    """Catches segments that lose their sound, their genre or their places, and videos that are cut again each time."""
    video = f"{NAME.replace('cAll', 'c01')}.mp4"
    make_video(tmp_path / "raw" / video, 5.0, tone(5.0))
    index = write(tmp_path / "crossmodal_test.txt", NAME)
    params = {"index": str(index), "path": str(tmp_path / "raw"), "licence": "?", "segment_s": 2.0}
    videos = collect({"source": "aistpp", **params}, tmp_path / "made")
    assert [one.source_id[-4:] for one in videos] == ["-000", "-001"]
    first = probe(Path(videos[0].path))
    assert first.duration_s == pytest.approx(2.0, abs=0.05) and first.has_audio
    before = [Path(one.path).stat().st_mtime_ns for one in videos]
    again = collect({"source": "aistpp", **params}, tmp_path / "made")
    assert [Path(one.path).stat().st_mtime_ns for one in again] == before
    manifest, quarantine = build_tables(videos, IngestConfig(min_source_s=1.5), Clock())
    assert quarantine.empty
    assert list(manifest["split"]) == ["test-iid"] * 2 and list(manifest["genre"]) == ["break"] * 2
    assert manifest["end_s"].to_numpy() == pytest.approx(2.0, abs=0.05)


def test_the_environment_is_the_papers_protocol() -> None:
    """Catches segments that the sample leaves out, another number of samples, and values that no pipeline takes."""
    values = load_config(ROOT, "aistpp", "parameters")
    assert GenerateConfig.parse(values["generate"]).samples == 5
    assert ChooseConfig.parse(values["evaluation_clips"]).clips_per_split >= 86
    asked = AistppConfig.parse(values["corpus"]["aistpp"])
    assert asked.segment_s == 2 and Path(asked.index).is_relative_to(asked.path)
    assert (IngestConfig.parse(values["ingest"]).min_source_s or 9) < asked.segment_s
