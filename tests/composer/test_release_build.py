"""A release from a folder of trained models: small, checked, and with numbers that are of these very weights."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from v2meow_pipeline.checkpoint import read_config
from v2meow_pipeline.composer import Composer, composer_of
from v2meow_pipeline.composer.release_build import Facts, build_release, write_evaluated
from v2meow_pipeline.errors import StaleError, V2MeowError
from v2meow_pipeline.release import MANIFEST_NAME, Release, read_manifest, verify

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")
ROW = {"system": "v2meow", "metric": "beat_f1", "value": 0.5, "low": 0.4, "high": 0.6, "n": 3}
FACTS = Facts("0" * 40, ["beat_f1"], {"energy": "0.1 kWh"})


@pytest.fixture
def models(trained: Path) -> Path:
    """The models of the test environment, only to be looked at."""
    return trained / "data/test/06_models"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package without models."""
    folder = tmp_path / "v2meow_weights"
    folder.mkdir()
    (folder / "__init__.py").write_text('"""Files."""\n\n__version__ = "1.2.0"\n')
    return folder


def _evaluated(data: Path, release: Release) -> Path:
    (data / "08_reporting").mkdir(parents=True)
    (data / "07_model_output").mkdir()
    summary = [ROW, {**ROW, "metric": "other"}, {**ROW, "system": "silence", "value": None, "low": None, "high": None}]
    result = {"seed": 0, "n_clips": 3, "notes": ["a note"], "summary": summary}
    (data / "08_reporting/metrics.json").write_text(json.dumps(result))
    clips = pd.DataFrame({"split": ["test-iid"] * 3, "corpus": ["synthetic"] * 3})
    clips.to_parquet(data / "07_model_output/evaluation_clips.parquet")
    write_evaluated(data / "08_reporting", release)
    return data


def test_a_release_says_what_it_is(models: Path, package: Path, tmp_path: Path) -> None:
    """Catches a release that cannot be loaded, lacks a fact, or holds more than it names."""
    release = build_release(models, package, FACTS)
    manifest = read_manifest(package / MANIFEST_NAME)
    assert (manifest.version, manifest.commit, manifest.precision) == ("1.2.0", "0" * 40, "float16")
    assert manifest.parts["coarse/checkpoint"].seed == read_config(models / "coarse/checkpoint")["fit"]["seed"]
    assert manifest.parts["acoustic_tokenizer"].seed is not None
    assert manifest.size == sum(path.stat().st_size for path in release.folder.rglob("*") if path.is_file())
    composer = Composer.from_pretrained(release.folder)
    assert composer.config == composer_of(models) and composer.bundle.fingerprint == manifest.model
    assert "energy | 0.1 kWh" in (package / "MODEL_CARD.md").read_text()
    assert "CC0-1.0" in (package / "DATA_CARD.md").read_text()


def test_metrics_are_of_these_weights(models: Path, package: Path, tmp_path: Path) -> None:
    """Catches numbers of another training, or of the unrounded models, that a release boasts of."""
    first = build_release(models, package, FACTS)
    data = _evaluated(tmp_path / "data", first)
    second = build_release(models, package, FACTS, evaluation=data)
    assert second.manifest.files == first.manifest.files
    record = second.manifest.evaluation
    assert record is not None and record.by_split == {"test-iid": 3}
    assert [(row.system, row.metric) for row in record.metrics] == [("v2meow", "beat_f1"), ("silence", "beat_f1")]
    assert "0.5 [0.4, 0.6]" in (package / "MODEL_CARD.md").read_text()
    told = data / "08_reporting/evaluated_model.json"
    told.write_text(json.dumps({**json.loads(told.read_text()), "content": "another"}))
    with pytest.raises(StaleError, match="of other models"):
        build_release(models, package, FACTS, evaluation=data)
    assert verify(package) == second
    with pytest.raises(V2MeowError, match="no evaluation of a release"):
        build_release(models, package, FACTS, evaluation=tmp_path)


def test_a_version_is_never_overwritten_unasked(models: Path, package: Path, tmp_path: Path) -> None:
    """Catches two different releases of one version."""
    build_release(models, package, FACTS)
    others = tmp_path / "others"
    shutil.copytree(models, others)
    path = others / "coarse/checkpoint/config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"licence": "another"}))
    with pytest.raises(V2MeowError, match=r"Version 1\.2\.0 .* holds other models"):
        build_release(others, package, FACTS)
    assert verify(package).manifest.parts["coarse/checkpoint"].licence != "another"
    assert (
        build_release(others, package, FACTS, overwrite=True).manifest.parts["coarse/checkpoint"].licence == "another"
    )


def test_a_release_that_is_too_large_is_refused(models: Path, package: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches weights that no plain clone should have to carry."""
    monkeypatch.setattr("v2meow_pipeline.composer.release_build.LARGEST_RELEASE", 1_000_000)
    with pytest.raises(V2MeowError, match=r"The release has 1\d\.\d MB"):
        build_release(models, package, FACTS)
    assert {path.name for path in package.iterdir()} == {"__init__.py"}


def test_what_people_wrote_stays(models: Path, package: Path) -> None:
    """Catches a card whose limits and licences a second build throws away."""
    build_release(models, package, FACTS)
    card = package / "MODEL_CARD.md"
    card.write_text(card.read_text().replace("To be written: corpus", "Only synthetic music: corpus"))
    build_release(models, package, Facts("1" * 40))
    text = card.read_text()
    assert "Only synthetic music" in text and "1" * 40 in text and "0" * 40 not in text
