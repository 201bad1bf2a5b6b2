"""The contract of the manifest: each way to break it is found, named, and stops the run."""

import logging
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.manifest_rows import good_manifest

from v2meow_pipeline.corpus.record import manifest_table
from v2meow_pipeline.errors import ConfigError, V2MeowError
from v2meow_pipeline.validation.adapter import ContractError, ManifestContract
from v2meow_pipeline.validation.great_expectations_run import run_suite
from v2meow_pipeline.validation.manifest_suite import ManifestLimits, expectations, with_derived_columns

# A fault in one clip each, all in one table: (clip, values, the violation that must come of it).
FAULTS = {
    "source in two splits": (
        1,
        {"split": "val"},
        "in_set(splits_of_source): 4 of 24 rows: video-0-0000 (2), video-0-0001 (2), video-2-0000",
    ),
    "split that nobody knows": (5, {"split": "testing"}, r"in_set(split): 1 of 24 rows: video-2-0001 (testing)"),
    "longer than any clip": (2, {"end_s": 1000.0}, "between(duration_s): 2 of 24 rows: video-1-0000 (1000.0)"),
    "ends before it starts": (3, {"end_s": 5.0}, "video-1-0001 (-5.0)"),
    "starts before the video": (6, {"start_s": -1.0}, "between(start_s): 1 of 24 rows: video-3-0000 (-1.0)"),
    "silence": (
        4,
        {"audio_lufs": -np.inf, "silent_fraction": 1.0},
        "between(silent_fraction): 1 of 24 rows: video-2-0000",
    ),
    "no loudness": (7, {"audio_lufs": np.nan}, "not_be_null(audio_lufs): 1 of 24 rows: video-3-0001 (nan)"),
    "clipping": (8, {"clipped_fraction": 0.4}, "between(clipped_fraction): 1 of 24 rows: video-4-0000 (0.4)"),
    "sound that ends early": (
        9,
        {"av_difference_s": 3.0},
        "between(av_difference_s): 1 of 24 rows: video-4-0001 (3.0)",
    ),
    "zero frames a second": (10, {"video_fps": 0.0}, "between(video_fps): 1 of 24 rows: video-5-0000 (0.0)"),
    "sound rate of nonsense": (11, {"audio_rate_hz": 1}, "between(audio_rate_hz): 1 of 24 rows: video-5-0001 (1)"),
    "missing licence": (12, {"licence": None}, "not_be_null(licence): 1 of 24 rows: video-6-0000"),
    "licence of spaces": (13, {"licence": "  "}, "match_regex(licence): 1 of 24 rows: video-6-0001"),
    "hash that is none": (14, {"sha256": "abc"}, "match_regex(sha256): 1 of 24 rows: video-7-0000 (abc)"),
    "energy out of range": (15, {"energy": 7.0}, "between(energy): 1 of 24 rows: video-7-0001 (7.0)"),
    "clip listed twice": (17, {"clip_id": "video-8-0000"}, "to_be_unique(clip_id): 2 of 24 rows: video-8-0000"),
    "file in two splits": (18, {"sha256": "f" * 64}, "in_set(splits_of_content): 6 of 24 rows: "),
    "the same file again": (21, {"sha256": "f" * 64}, "in_set(sources_of_content): 2 of 24 rows: video-9-0000"),
}


@pytest.fixture(scope="module")
def violations() -> str:
    """What the suite says of a table with all of `FAULTS`, a line a violation."""
    manifest = good_manifest()
    for row, values, _ in FAULTS.values():
        for column, value in values.items():
            manifest.loc[row, column] = value
    found = run_suite("m", with_derived_columns(manifest), expectations(ManifestLimits()), "clip_id", None)
    assert all(violation.remedy for violation in found)
    return "\n".join(f"{violation.expectation}: {violation.detail}" for violation in found)


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_with_its_clip(violations: str, name: str) -> None:
    assert FAULTS[name][2] in violations


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda m: m[m["split"] != "train"], r"contain_set\(split\).*Add videos"),
        (lambda _: manifest_table(), r"row_count_to_be_between\(table\): observed 0.*quarantine table"),
        (lambda m: m.drop(columns=["split", "clip_id"]), r"columns_to_match_set\(table\): .*missing.*clip_id.*split"),
    ],
)
def test_fault_of_the_whole_table_is_named(change: Callable[[pd.DataFrame], pd.DataFrame], told: str) -> None:
    with pytest.raises(ContractError, match=told):
        ManifestContract().validate(change(good_manifest()))


def test_good_manifest_passes_unchanged() -> None:
    manifest = good_manifest()
    before = manifest.copy(deep=True)
    assert ManifestContract().validate(manifest) is manifest
    pd.testing.assert_frame_equal(manifest, before)


def test_some_missing_captions_are_allowed_and_the_share_can_be_chosen() -> None:
    half = good_manifest().assign(caption=lambda m: m["caption"].where(m.index % 2 == 0))
    assert ManifestContract().validate(half) is half
    with pytest.raises(ContractError, match="caption"):
        ManifestContract(captions_mostly=0.9).validate(half)
    none = good_manifest().assign(caption=pd.Series([None] * 24, dtype="str"))
    assert ManifestContract(captions_mostly=0.0).validate(none) is none


def test_a_corpus_that_is_only_evaluated_on_needs_no_training_clips() -> None:
    """Catches a dance set of test videos that cannot be evaluated on for want of something to train on."""
    tested = good_manifest()
    tested = tested[tested["split"] == "test-iid"].reset_index(drop=True)
    with pytest.raises(ContractError, match="needs_training"):
        ManifestContract().validate(tested)
    assert ManifestContract(needs_training=False).validate(tested) is tested


def test_unknown_limits_are_refused() -> None:
    """A misspelt option that is ignored would switch a check off in silence."""
    with pytest.raises(ConfigError, match="captions_mosty"):
        ManifestContract(captions_mosty=0.0)


def test_data_docs_show_the_breach_and_do_not_pile_up(tmp_path: Path) -> None:
    docs = tmp_path / "reports" / "data docs"
    ManifestContract(str(docs)).validate(good_manifest())
    with pytest.raises(ContractError, match=r"index\.html"):
        ManifestContract(str(docs)).validate(good_manifest().assign(split="testing"))
    assert (docs / "index.html").is_file()
    results = list((docs / "validations").rglob("*.html"))
    assert len(results) == 1 and "testing" in results[0].read_text(encoding="utf-8")
    assert [path.name for path in docs.parent.iterdir()] == ["data docs"], "half-built sites are left behind"


def test_long_breaches_stay_readable() -> None:
    manifest = good_manifest(200).assign(split="testing", licence=None, sha256="abc", video_fps=0.0, start_s=-1.0)
    with pytest.raises(V2MeowError) as caught:
        ManifestContract().validate(manifest.astype({"licence": "str"}))
    assert len(str(caught.value)) < 2500 and "and" in str(caught.value)


def test_validation_is_quiet_and_stays_at_home(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No progress bars, no log lines, no analytics, no files in the home folder."""
    with caplog.at_level(logging.INFO):
        ManifestContract().validate(good_manifest())
    out, err = capfd.readouterr()
    assert out == "" and "it/s" not in err and "Calculating" not in err
    assert not [record for record in caplog.records if record.name.startswith(("great_expectations", "posthog"))]
    from great_expectations.data_context import project_manager

    assert not project_manager.is_using_cloud()
    assert not (Path.home() / ".great_expectations").exists()


def test_catalog_takes_the_contract(tmp_path: Path) -> None:
    """Kedro builds it from a dotted path and options, and stops the save."""
    from kedro.io import DataCatalog
    from kedro.validation.exceptions import DataValidationError

    catalog = DataCatalog.from_config(
        {
            "clip_manifest": {
                "type": "kedro_datasets.pandas.ParquetDataset",
                "filepath": str(tmp_path / "m.parquet"),
                "validator": {
                    "class": "v2meow_pipeline.validation.adapter.ManifestContract",
                    "on": "save",
                    "options": {"data_docs": str(tmp_path / "docs")},
                },
            }
        }
    )
    with pytest.raises(DataValidationError, match=r"to_be_in_set\(split\).*Known splits are train"):
        catalog.save("clip_manifest", good_manifest().assign(split="testing"))
    assert not (tmp_path / "m.parquet").exists()
    catalog.save("clip_manifest", good_manifest())
    pd.testing.assert_frame_equal(catalog.load("clip_manifest"), good_manifest())
