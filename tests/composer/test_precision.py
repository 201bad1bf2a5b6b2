"""Half precision on disk: half the size, the same answers but for rounding, and never taken for the whole models."""

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from tests.support.model_makers import conditions_of
from tests.support.small_soundstream import CLOCK, CONFIG, untrained

from v2meow_pipeline.checkpoint import WEIGHTS_NAME, load_checkpoint, read_config, save_checkpoint
from v2meow_pipeline.composer import Bundle, Composer, ComposerConfig, composer_of, pack
from v2meow_pipeline.composer.precision import rounded_parameters, write_rounded
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.tokenizers.soundstream.codec import SoundStreamCodec

# The trained project is made once: all tests that look at it run in one worker.
pytestmark = pytest.mark.xdist_group("trained")


@pytest.fixture
def models(trained: Path) -> Path:
    """The models of the test environment, only to be looked at."""
    return trained / "data/test/06_models"


def _stored(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / WEIGHTS_NAME)


def test_logits_are_the_same_but_for_rounding(models: Path, tmp_path: Path) -> None:
    """Catches a stage whose weights are rounded away, and one that computes in half precision."""
    pack(models, composer_of(models), tmp_path / "half", "float16")
    whole, half = (Bundle.load(folder).stages for folder in (models, tmp_path / "half"))
    for name, model in whole.items():
        assert {value.dtype for value in half[name].state_dict().values()} == {torch.float32}
        t = 25
        conditions = conditions_of(model, 2, t)
        tokens = torch.randint(model.vocab, (2, model.levels, t), generator=torch.Generator().manual_seed(0))
        with torch.inference_mode():
            exact, rounded = (one(conditions, tokens).logits.log_softmax(-1) for one in (model, half[name]))
        assert 0 < (exact - rounded).abs().max() < 0.05, name


def test_matrices_take_half_the_room_and_the_rest_is_exact(models: Path, tmp_path: Path) -> None:
    """Catches means, spreads or centres of k-means that are rounded, and matrices that are not."""
    card = pack(models, composer_of(models), tmp_path / "half", "float16")
    for name in card.parts:
        before, after = _stored(models / name), _stored(tmp_path / "half" / name)
        assert before.keys() == after.keys()
        halved = {key for key, values in after.items() if values.dtype == np.float16}
        assert all(values.ndim > 1 for key, values in after.items() if key in halved)
        for key in before.keys() - halved:
            np.testing.assert_array_equal(before[key], after[key])
        is_stage = read_config(models / name)["kind"] == "stage"
        assert bool(halved) == is_stage
        size = (tmp_path / "half" / name / WEIGHTS_NAME).stat().st_size / (models / name / WEIGHTS_NAME).stat().st_size
        assert not is_stage or size < 0.55


def test_rounded_models_are_other_models_that_belong_together(models: Path, tmp_path: Path) -> None:
    """Catches music of the unrounded models that is taken for that of the rounded ones, and parts that refuse each
    other."""
    whole = pack(models, composer_of(models), tmp_path / "whole")
    half = pack(models, composer_of(models), tmp_path / "half", "float16")
    assert whole.model != half.model and whole.content != half.content
    assert Composer.from_pretrained(tmp_path / "half").bundle.fingerprint == half.model
    config = read_config(tmp_path / "half/coarse/checkpoint")
    assert config["rounded_from"] == read_config(models / "coarse/checkpoint")["fingerprint"]
    again = pack(tmp_path / "half", composer_of(tmp_path / "half"), tmp_path / "again", "float16")
    assert again == half


def test_rounding_again_changes_nothing(models: Path, tmp_path: Path) -> None:
    """Catches a release that is built from an earlier one with other weights, or arrays stored in another precision."""
    for source, target in ((models, "once"), (tmp_path / "once", "twice")):
        pack(source, composer_of(models), tmp_path / target, "float16")
    once, twice = (sorted((tmp_path / name).rglob("*.safetensors")) for name in ("once", "twice"))
    assert [path.read_bytes() for path in once] == [path.read_bytes() for path in twice]
    stage = tmp_path / "once/semantic/checkpoint"
    config, weights = load_checkpoint(stage)
    former = {f"former_{name}": values.astype(np.float16) for name, values in weights.items()}
    save_checkpoint(tmp_path / "former", config, former)
    write_rounded(tmp_path / "former", tmp_path / "former again", set(), {})
    assert {values.dtype for values in _stored(tmp_path / "former again").values() if values.ndim > 1} == {
        np.dtype(np.float16)
    }


def test_a_codec_that_is_a_network_is_rounded_and_its_codebooks_are_not(tmp_path: Path) -> None:
    """Catches a learned codec that is packed whole, or whose codes change because its codebooks were rounded."""
    SoundStreamCodec(untrained(), CONFIG, CLOCK).save(tmp_path / "acoustic_tokenizer", "f", "noise")
    codec = SoundStreamCodec.load(tmp_path / "acoustic_tokenizer", CLOCK)
    bundle = Bundle(CLOCK, {}, codec, None, None, tmp_path, "")
    (name,) = parameters = rounded_parameters(bundle, ["acoustic_tokenizer"])
    assert name == "acoustic_tokenizer"
    write_rounded(tmp_path / name, tmp_path / "half", parameters[name], {})
    books = [key for key in _stored(tmp_path / "half") if "codebook" in key]
    assert books
    for key in books:
        np.testing.assert_array_equal(_stored(tmp_path / name)[key], _stored(tmp_path / "half")[key])
    rounded = SoundStreamCodec.load(tmp_path / "half", CLOCK)
    wave = (0.3 * np.random.default_rng(0).standard_normal(20 * CLOCK.hop_samples)).astype(np.float32)
    np.testing.assert_allclose(rounded.decode(codec.encode(wave)), codec.decode(codec.encode(wave)), atol=0.01)


def test_what_was_made_with_a_rounded_part_says_so(tmp_path: Path) -> None:
    """Catches stages that refuse the rounded codec beside them, as it has another fingerprint."""
    config = {"kind": "stage", "fingerprint": "s", "made_with": {"acoustic_tokenizer": "c", "semantic_tokenizer": "k"}}
    save_checkpoint(tmp_path / "stage", config, {"matrix": np.full((2, 2), 0.1, np.float32)})
    write_rounded(tmp_path / "stage", tmp_path / "half", {"matrix"}, {"acoustic_tokenizer": "rounded"})
    made_with = read_config(tmp_path / "half")["made_with"]
    assert made_with == {"acoustic_tokenizer": "rounded", "semantic_tokenizer": "k"}
    assert load_checkpoint(tmp_path / "half").weights["matrix"].dtype == np.float32


def test_a_number_beyond_half_precision_is_refused(tmp_path: Path) -> None:
    """Catches a weight that becomes infinite."""
    save_checkpoint(tmp_path / "stage", {"fingerprint": "s"}, {"matrix": np.full((2, 2), 1e5, np.float32)})
    with pytest.raises(V2MeowError, match="too large for half precision"):
        write_rounded(tmp_path / "stage", tmp_path / "half", {"matrix"}, {})


def test_single_precision_is_the_default(models: Path, tmp_path: Path) -> None:
    """Catches registered models that are rounded without anybody's wish."""
    pack(models, ComposerConfig(), tmp_path / "bundle")
    for name in ("semantic/checkpoint", "acoustic_tokenizer"):
        assert (tmp_path / "bundle" / name / WEIGHTS_NAME).read_bytes() == (models / name / WEIGHTS_NAME).read_bytes()
