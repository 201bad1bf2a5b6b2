"""A bundle by itself."""

import json
import shutil
from pathlib import Path

import pytest
from tests.support.small_models import make_small_models

from v2meow_pipeline.checkpoint import CONFIG_NAME, HASH
from v2meow_pipeline.composer import (
    Composer,
    ComposerConfig,
    composer_of,
    describe_bundle,
    foreign_files,
    pack,
    read_bundle_manifest,
)
from v2meow_pipeline.errors import StaleError, V2MeowError

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")


@pytest.fixture
def models(trained: Path) -> Path:
    """The models of the test environment, only to be looked at."""
    return trained / "data/test/06_models"


def _change(folder: Path, key: str, value: str) -> None:
    path = folder / CONFIG_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))


def test_a_packed_bundle_needs_nothing_else(models: Path, tmp_path: Path) -> None:
    """Catches a part that is only found because training left it beside the others, and one that is packed in vain."""
    (tmp_path / "models/w2v_bert/checkpoint").mkdir(parents=True)
    shutil.copytree(models, tmp_path / "models", dirs_exist_ok=True)
    card = pack(tmp_path / "models", ComposerConfig(rows=2), tmp_path / "bundle")
    shutil.rmtree(tmp_path / "models")
    assert set(card.parts) == {
        "semantic/checkpoint",
        "coarse/checkpoint",
        "fine/checkpoint",
        "semantic_tokenizer",
        "acoustic_tokenizer",
        "music_text",
    }
    composer = Composer.from_pretrained(tmp_path / "bundle")
    assert composer.config.rows == 2 and composer.bundle.fingerprint == card.model
    assert set(composer.bundle.visual_encoders()) == set(card.encoders) == {"efficientnet_lite0", "flow_statistics"}
    assert composer.bundle.music_text().width == 128
    assert "unknown" not in card.licences
    assert foreign_files(tmp_path / "bundle") == []


def test_checkpoints_need_no_card(models: Path) -> None:
    """Catches a folder of checkpoints whose recorded sampling is not found for want of a card."""
    assert read_bundle_manifest(models) is None and composer_of(models).rows == 16


def test_parts_of_two_trainings_are_not_packed(models: Path, tmp_path: Path) -> None:
    """Catches a registered model whose tokens another codec decodes to noise."""
    shutil.copytree(models, tmp_path / "models")
    _change(tmp_path / "models/acoustic_tokenizer", "fingerprint", "another")
    with pytest.raises(StaleError, match="another acoustic_tokenizer"):
        pack(tmp_path / "models", ComposerConfig(), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_other_weights_are_other_content(models: Path, tmp_path: Path) -> None:
    """Catches a training on another machine, which came out a little different, that is taken for the first."""
    shutil.copytree(models, tmp_path / "models")
    before = describe_bundle(tmp_path / "models", ComposerConfig())
    _change(tmp_path / "models/fine/checkpoint", "weights_sha256", "0" * 64)
    after = describe_bundle(tmp_path / "models", ComposerConfig())
    assert after.fingerprint == before.fingerprint and after.content != before.content


def test_weights_without_a_hash_are_not_packed(tmp_path: Path) -> None:
    """Catches a registered or released model in which a flipped bit would not be found."""
    folder = make_small_models(tmp_path / "models")
    path = folder / "acoustic_tokenizer" / CONFIG_NAME
    config = json.loads(path.read_text())
    path.write_text(json.dumps({key: value for key, value in config.items() if key != HASH}))
    with pytest.raises(V2MeowError, match=f"config of acoustic_tokenizer in .* has no {HASH}"):
        pack(folder, composer_of(folder), tmp_path / "bundle")
    assert not (tmp_path / "bundle").exists()


def test_a_missing_stage_is_named(models: Path, tmp_path: Path) -> None:
    """Catches a traceback where one stage of three was trained."""
    shutil.copytree(models, tmp_path / "models")
    shutil.rmtree(tmp_path / "models/fine")
    with pytest.raises(V2MeowError, match="fine/checkpoint"):
        describe_bundle(tmp_path / "models", ComposerConfig())


def test_what_does_not_belong_is_found(tmp_path: Path) -> None:
    """Catches a pickle, or a link to a file elsewhere, in a stranger's bundle."""
    (tmp_path / "fine").mkdir()
    for name in ("bundle.json", "fine/config.json", "fine/weights.safetensors", "fine/bundle.json", "fine/x.pkl"):
        (tmp_path / name).touch()
    assert foreign_files(tmp_path) == ["fine/bundle.json", "fine/x.pkl"]
