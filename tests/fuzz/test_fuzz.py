"""Thousands of damaged files: each ends in the manifest or in the quarantine, each generation in a file or in a line.

pytest tests/fuzz -m slow                          # 300 files, 20 of them through generate
V2MEOW_FUZZ=3000 V2MEOW_FUZZ_GENERATE=200 pytest tests/fuzz -m slow -s
"""

import os
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fuzz.mutations import MUTATIONS
from tests.fuzz.seeds import make_seeds

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.probe_video import IngestConfig, examine_isolated
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.media.reel import Reel
from v2meow_pipeline.source_video import SourceVideo

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * 3600)]
FILES, GENERATED = (
    int(os.environ.get(name, count)) for name, count in (("V2MEOW_FUZZ", 300), ("V2MEOW_FUZZ_GENERATE", 20))
)
LONGEST_S = 60.0
CLOCK, CONFIG = Clock(clip_s=1.0), IngestConfig(workers=1)


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return make_seeds(tmp_path_factory.mktemp("seeds"))


def mutants(seeds: dict[str, Path], count: int, folder: Path) -> Iterator[tuple[str, Path]]:
    """Each seed by each mutation in turn, with what was done to it."""
    data = {name: path.read_bytes() for name, path in seeds.items()}
    names, others = list(data), list(data.values())
    for number in range(count):
        name = names[number % len(names)]
        mutation = MUTATIONS[number // len(names) % len(MUTATIONS)]
        path = folder / f"{number}-{mutation.__name__}{seeds[name].suffix}"
        path.write_bytes(mutation(data[name], others, random.Random(number)))
        yield f"{name}, {mutation.__name__}, seed {number}", path
        path.unlink()


def test_every_file_is_kept_or_refused(seeds: dict[str, Path], tmp_path: Path) -> None:
    """Catches a file that ends the ingestion, takes for ever, or is lost."""
    endings: Counter[str] = Counter()
    slowest = (0.0, "")
    for what, path in mutants(seeds, FILES, tmp_path):
        started = time.monotonic()
        found = examine_isolated(SourceVideo(source_id="s", path=str(path), corpus="fuzz"), CONFIG, CLOCK)
        slowest = max(slowest, (time.monotonic() - started, what))
        assert found.clips or found.refusals, what
        endings.update(["kept"] if found.clips else [found.refusals[0].reason])
    print(
        f"\n{sum(endings.values())} files, the slowest {slowest[0]:.1f} s ({slowest[1]}): {dict(endings.most_common())}"
    )
    assert slowest[0] < LONGEST_S, slowest
    assert len(endings) > 3, "the mutations do nothing"


@pytest.mark.xdist_group("trained")
def test_generation_ends_in_a_file_or_in_a_line(trained: Path, seeds: dict[str, Path], tmp_path: Path) -> None:
    """Catches tracebacks, and results that do not play."""
    endings: Counter[int] = Counter()
    pictures = {name: path for name, path in seeds.items() if path.suffix not in (".wav", ".flac", ".mp3", ".ogg")}
    command = [
        str(Path(sys.executable).with_name("v2meow")),
        "generate",
        "--model",
        str(trained / "data/test/06_models"),
    ]
    for what, path in mutants(pictures, GENERATED, tmp_path):
        output = tmp_path / "out.mkv"
        run = subprocess.run([*command, str(path), "-o", str(output), "--overwrite"], capture_output=True, text=True)
        endings[run.returncode] += 1
        assert run.returncode in (0, 2), f"{what}: {run.stderr[-2000:]}"
        if run.returncode == 0:
            assert probe(output).duration_s > 0 and next(iter(Reel(output).since(0.0))), what
        else:
            assert "Traceback" not in run.stderr and run.stderr.strip().splitlines()[-1].startswith("v2meow:"), what
    print(f"\n{GENERATED} files through generate: {dict(endings)} by exit code")
