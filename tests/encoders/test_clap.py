"""The adapter for CLAP, on a tiny CLAP with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.encoders.base import MusicTextEncoder
from v2meow_pipeline.encoders.clap import Clap
from v2meow_pipeline.errors import ConfigError, MissingModelError

RATE_HZ = 48_000
WINDOW = RATE_HZ  # of the tiny model: 1 s
WORDS = ["<s>", "<pad>", "</s>", "<unk>", "calm", "rock", "music"]


def write_clap(path: Path, fused: bool = False) -> Path:
    from transformers import ClapConfig, ClapFeatureExtractor, ClapModel, PreTrainedTokenizerFast

    from tokenizers import Tokenizer, models, pre_tokenizers, processors

    text = {"vocab_size": 8, "hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1}
    text |= {"num_attention_heads": 2, "max_position_embeddings": 20, "projection_dim": 12}
    audio = {"patch_embeds_hidden_size": 16, "depths": [1, 1], "num_attention_heads": [2, 2], "hidden_size": 32}
    audio |= {"spec_size": 128, "window_size": 4, "num_mel_bins": 32, "projection_dim": 12, "num_classes": 2}
    audio |= {"enable_fusion": fused, "aff_block_r": 2, "mlp_ratio": 2.0}
    config = ClapConfig(text_config=text, audio_config=audio, projection_dim=12)
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = ClapModel(config)
        for parameter in model.parameters():  # the initial weights are too small to tell texts apart
            parameter.data += 0.1 * torch.randn_like(parameter)
        model.save_pretrained(path)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, pad_token="<pad>", unk_token="<unk>", model_max_length=16
    ).save_pretrained(path)
    ClapFeatureExtractor(feature_size=32, max_length_s=1, truncation="rand_trunc").save_pretrained(path)
    return path


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_clap(tmp_path_factory.mktemp("models") / "larger_clap_music")


@pytest.fixture(scope="module")
def clap(folder: Path) -> Clap:
    return Clap(folder)


@pytest.fixture(scope="module")
def wave() -> np.ndarray:
    """Three windows that sound different."""
    rng = np.random.default_rng(0)
    loud = np.repeat([0.02, 0.2, 0.6], WINDOW)
    tones = np.repeat([200.0, 900.0, 4000.0], WINDOW)
    time_s = np.arange(3 * WINDOW) / RATE_HZ
    return (loud * np.sin(2 * np.pi * tones * time_s) + 0.01 * rng.normal(size=3 * WINDOW)).astype(np.float32)


def test_it_fits_the_protocol_with_the_width_of_the_folder(clap: Clap) -> None:
    """Catches a width that is taken for granted."""
    assert isinstance(clap, MusicTextEncoder) and clap.width == 12


def test_one_window_equals_transformers_own(clap: Clap, folder: Path, wave: np.ndarray) -> None:
    """Catches other filters, another scale, or a hidden state instead of the projection."""
    from transformers import ClapFeatureExtractor, ClapModel

    inputs = ClapFeatureExtractor.from_pretrained(folder)(wave[:WINDOW], sampling_rate=RATE_HZ, return_tensors="pt")
    with torch.inference_mode():
        model = ClapModel.from_pretrained(folder).eval()
        expected = model.get_audio_features(input_features=inputs["input_features"].float()).pooler_output
    np.testing.assert_allclose(clap.embed_audio([wave[:WINDOW]], RATE_HZ), expected.numpy(), atol=1e-5)


def test_texts_equal_transformers_own(clap: Clap, folder: Path) -> None:
    """Catches padding that is read."""
    from transformers import AutoTokenizer, ClapModel

    inputs = AutoTokenizer.from_pretrained(folder)(["calm rock music"], return_tensors="pt")
    with torch.inference_mode():
        expected = ClapModel.from_pretrained(folder).eval().get_text_features(**inputs).pooler_output
    both = clap.embed_text(["calm rock music", "rock"])
    np.testing.assert_allclose(both[:1], expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(np.linalg.norm(both, axis=1), 1, atol=1e-5)
    assert both[0] @ both[1] < 0.9999


def test_a_long_wave_is_the_mean_of_fixed_windows(clap: Clap, wave: np.ndarray) -> None:
    """Catches CLAP's own random crop: the same music would have another vector each time."""
    rows = clap.embed_audio(wave.reshape(3, WINDOW), RATE_HZ)
    mean = rows.mean(axis=0) / np.linalg.norm(rows.mean(axis=0))
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002  (the generator that the extractor draws from)
        np.testing.assert_allclose(clap.embed_audio([wave], RATE_HZ)[0], mean, atol=1e-5)
    assert (rows[0] @ rows[2]) < 0.999  # a crop would have shown


def test_short_waves_other_rates_and_nothing_have_vectors(clap: Clap, wave: np.ndarray) -> None:
    """Catches windows that must be whole."""
    assert clap.embed_audio([wave[:100], wave[: WINDOW // 3]], 16_000).shape == (2, 12)
    assert clap.embed_audio([], RATE_HZ).shape == clap.embed_text([]).shape == (0, 12)


def test_a_bare_string_is_refused(clap: Clap) -> None:
    """Catches a prompt that is read letter by letter."""
    with pytest.raises(TypeError, match="list of strings"):
        clap.embed_text("calm")


def test_a_fused_clap_is_refused(tmp_path: Path) -> None:
    """Catches a model that draws at random which windows it fuses."""
    with pytest.raises(ConfigError, match="at random"):
        Clap(write_clap(tmp_path / "fused", fused=True))


def test_absent_weights_name_model_folder_and_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an error that leaves a person searching."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        Clap()
    for part in ("laion/larger_clap_music", str(tmp_path), "GB", "V2MEOW_MODELS", "model.safetensors"):
        assert part in str(error.value)


def test_default_folder_is_found_through_the_variable(
    clap: Clap, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a folder that only an argument can name."""
    monkeypatch.setenv("V2MEOW_MODELS", str(folder.parent))
    assert Clap().fingerprint == clap.fingerprint


def test_damaged_weights_are_refused(folder: Path, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(Clap, folder, tmp_path)
