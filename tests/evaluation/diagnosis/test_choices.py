"""Which clips and models are diagnosed."""

import json
from pathlib import Path

import pandas as pd
import pytest

from v2meow_pipeline.composer import BundleManifest, ComposerConfig
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig, choose_diagnosed, choose_models


def _manifest(*splits: str) -> pd.DataFrame:
    return pd.DataFrame({"clip_id": [f"c{i}" for i in range(len(splits))], "split": splits})


def test_clips_are_held_out_and_do_not_depend_on_the_seed() -> None:
    """Catches training clips, and two seeds that are compared on different clips."""
    both = _manifest("train", "test-iid", "val", "test-iid")
    assert set(choose_diagnosed(both, DiagnoseConfig())["clip_id"]) == {"c1", "c3"}
    assert list(choose_diagnosed(_manifest("train", "val"), DiagnoseConfig())["clip_id"]) == ["c1"]
    many = _manifest(*["val"] * 9)
    first, other = (choose_diagnosed(many, DiagnoseConfig(clips=4, seed=seed)) for seed in (0, 1))
    assert len(first) == 4 and first.equals(other)
    with pytest.raises(ConfigError, match="elsewhere"):
        choose_diagnosed(both, DiagnoseConfig(split="elsewhere"))


def test_a_packed_bundle_is_sampled_as_it_was_packed(tmp_path: Path) -> None:
    """Catches the project's path or sampling on models that were made for another."""
    conf, packed = ComposerConfig(rows=3), ComposerConfig(path="direct")
    card = BundleManifest(model="m", content="c", composer=packed, parts={})
    (tmp_path / "bundle.json").write_text(json.dumps(card.model_dump(mode="json")))
    own = choose_models(DiagnoseConfig(), tmp_path / "own", conf)
    assert own == (tmp_path / "own", conf)
    assert choose_models(DiagnoseConfig(models=str(tmp_path)), tmp_path / "own", conf) == (tmp_path, packed)
