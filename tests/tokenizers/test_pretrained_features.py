"""Networks that a person provides, as tiny ones with random weights that transformers itself wrote."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused
from tests.support.simple_music import music

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.tokenizers.features import FrameFeatures
from v2meow_pipeline.tokenizers.hubert import HubertFeatures
from v2meow_pipeline.tokenizers.semantic_config import SemanticConfig, build_features
from v2meow_pipeline.tokenizers.wav2vec2_bert import Wav2Vec2BertFeatures

SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 3, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import (
        HubertConfig,
        HubertModel,
        SeamlessM4TFeatureExtractor,
        Wav2Vec2BertConfig,
        Wav2Vec2BertModel,
        Wav2Vec2FeatureExtractor,
    )

    folder = tmp_path_factory.mktemp("models")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        bert = Wav2Vec2BertModel(Wav2Vec2BertConfig(**SIZES))
        hubert = HubertModel(
            HubertConfig(**SIZES, conv_dim=[8] * 7, num_conv_pos_embeddings=16, num_conv_pos_embedding_groups=2)
        )
    bert.save_pretrained(folder / "w2v-bert-2.0")
    SeamlessM4TFeatureExtractor(padding_value=1).save_pretrained(folder / "w2v-bert-2.0")
    hubert.save_pretrained(folder / "hubert")
    Wav2Vec2FeatureExtractor(do_normalize=True).save_pretrained(folder / "hubert")
    return folder


@pytest.mark.parametrize(
    ("features", "folder", "margin", "key"),
    [
        (Wav2Vec2BertFeatures, "w2v-bert-2.0", 120, "input_features"),
        (HubertFeatures, "hubert", 40, "input_values"),
    ],
)
def test_features_equal_those_of_transformers(models: Path, features: type, folder: str, margin: int, key: str) -> None:
    """Catches another layer, the wrong norm of the input, and frames that are pooled across tokens."""
    from transformers import AutoFeatureExtractor, AutoModel

    wave = music(5)[:32_000]
    made = features(Clock(), models / folder, layer=2)
    padded = np.pad(wave, margin, mode="reflect")
    inputs = AutoFeatureExtractor.from_pretrained(models / folder)(padded, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        network = AutoModel.from_pretrained(models / folder).eval()
        hidden = network(inputs[key], output_hidden_states=True).hidden_states[2][0].numpy()
    assert len(hidden) == 100
    expected = (hidden[0::2] + hidden[1::2]) / 2
    np.testing.assert_allclose(made.compute(wave, 50), expected, atol=1e-5)
    assert isinstance(made, FrameFeatures)
    assert made.compute(wave[:0], 0).shape == (0, 16)


@pytest.mark.parametrize(("name", "size"), [("wav2vec2_bert", "2.3 GB"), ("hubert", "0.4 GB")])
def test_absent_weights_name_model_folder_and_size(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, size: str
) -> None:
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        build_features(SemanticConfig.parse({"features": name}), Clock())
    for part in (name, str(tmp_path), size, "V2MEOW_MODELS", "preprocessor_config.json"):
        assert part in str(error.value)


def test_configuration_finds_the_folder_and_the_layer(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a layer that is configured and ignored; None is as far up as the paper's 7 of 12."""
    monkeypatch.setenv("V2MEOW_MODELS", str(models))
    prints = [
        build_features(SemanticConfig.parse({"features": "hubert", "layer": layer}), Clock()).fingerprint
        for layer in (None, 2, 3)
    ]
    assert prints[0] == prints[1] != prints[2]
    with pytest.raises(ConfigError, match="1 to 3"):
        build_features(SemanticConfig.parse({"features": "hubert", "layer": 4}), Clock())


def test_clocks_that_do_not_fit_are_refused(models: Path) -> None:
    with pytest.raises(ConfigError, match="50 frames"):
        HubertFeatures(Clock(sample_rate_hz=24_000), models / "hubert")


def test_networks_with_other_frames_are_refused(models: Path, tmp_path: Path) -> None:
    """Catches a network whose frames are pooled as if they were 20 ms long."""
    from transformers import HubertConfig, HubertModel, Wav2Vec2FeatureExtractor

    config = HubertConfig(
        **SIZES,
        conv_dim=[8] * 2,
        conv_stride=[5, 2],
        conv_kernel=[10, 3],
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=2,
    )
    HubertModel(config).save_pretrained(tmp_path)
    Wav2Vec2FeatureExtractor().save_pretrained(tmp_path)
    with pytest.raises(ConfigError, match="hop of 10 at"):
        HubertFeatures(Clock(), tmp_path)


@pytest.mark.parametrize(("features", "name"), [(Wav2Vec2BertFeatures, "w2v-bert-2.0"), (HubertFeatures, "hubert")])
def test_damaged_weights_are_refused(models: Path, features: type, name: str, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(lambda path: features(Clock(), path), models / name, tmp_path)
