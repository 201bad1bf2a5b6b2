"""The adapter for Janus' image tokenizer, on a tiny one with random weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualTokenEncoder
from v2meow_pipeline.encoders.janus import JanusTokens
from v2meow_pipeline.errors import ConfigError, MissingModelError, V2MeowError
from v2meow_pipeline.media.decode import SampledFrames

VQ = {
    "embed_dim": 8,
    "num_embeddings": 50,
    "latent_channels": 32,
    "base_channels": 32,
    "channel_multiplier": [1, 1, 1],
    "num_res_blocks": 1,
    "projection_dim": 16,
    "image_token_embed_dim": 16,
}
SIZES = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def whole() -> Any:
    """All of a tiny Janus: 12 px, 3 x 3 tokens."""
    from transformers import JanusConfig, JanusForConditionalGeneration

    config = JanusConfig(
        text_config={**SIZES, "num_key_value_heads": 2, "vocab_size": 60, "model_type": "llama", "pad_token_id": 0},
        vision_config={**SIZES, "image_size": 12, "patch_size": 4, "projection_dim": 16, "num_image_tokens": 9},
        vq_config=VQ,
        image_token_id=3,
    )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = JanusForConditionalGeneration(config).eval()
        torch.nn.init.normal_(model.model.vqmodel.quantize.embedding.weight)
    return model


@pytest.fixture(scope="module")
def folder(whole: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "Janus-Pro-1B"
    whole.save_pretrained(path)
    return path


@pytest.fixture
def frames() -> SampledFrames:
    images = np.random.default_rng(0).integers(0, 256, (5, 12, 12, 3), dtype=np.uint8)
    return SampledFrames(images, np.arange(5.0))


def test_it_fits_the_protocol_with_sizes_from_the_folder(folder: Path, clock: Clock) -> None:
    """Catches sizes of Janus-Pro that are written into the code."""
    janus = JanusTokens(clock, folder)
    assert isinstance(janus, VisualTokenEncoder)
    assert (janus.tokens, janus.codes, janus.codebook.shape, janus.frames.size_px) == (9, 50, (50, 8), 12)
    np.testing.assert_allclose(np.linalg.norm(janus.codebook, axis=1), 1, rtol=1e-5)


def test_tokens_equal_those_of_transformers_on_the_sphere(
    whole: Any, folder: Path, clock: Clock, frames: SampledFrames
) -> None:
    """Catches wrong pixel statistics, a transposed grid, and vectors that are compared off the sphere."""
    from transformers import JanusImageProcessorPil

    processor = JanusImageProcessorPil(
        size={"height": 12, "width": 12}, image_mean=[0.5] * 3, image_std=[0.5] * 3, min_size=4
    )
    pixels = processor(list(frames.images), return_tensors="pt")["pixel_values"]
    tokenizer = whole.model.vqmodel
    with torch.inference_mode():
        vectors = F.normalize(tokenizer.quant_conv(tokenizer.encoder(pixels)), dim=1)
        quantizer = type(tokenizer.quantize)(tokenizer.config)
        quantizer.embedding.weight.copy_(F.normalize(tokenizer.quantize.embedding.weight, dim=-1))
        expected = quantizer(vectors)[2].view(5, 9)
    tokens = JanusTokens(clock, folder).encode(frames, 5)
    assert tokens.dtype == np.int32 and len(np.unique(tokens)) > 5
    np.testing.assert_array_equal(tokens, expected.numpy())


def test_tokens_stand_for_what_the_decoder_takes_them_for(whole: Any, folder: Path, clock: Clock) -> None:
    """Catches a codebook that is not the one that transformers decodes with."""
    tokens = torch.arange(9)[None]
    entries = whole.model.vqmodel.quantize.get_codebook_entry(tokens)[0].flatten(1).T
    np.testing.assert_allclose(JanusTokens(clock, folder).codebook[:9], entries.detach().numpy(), rtol=1e-5)


def test_the_tokenizer_alone_or_in_parts_gives_the_same_tokens(
    whole: Any, folder: Path, clock: Clock, frames: SampledFrames, tmp_path: Path
) -> None:
    """Catches names that only fit one layout of the files."""
    whole.model.vqmodel.save_pretrained(tmp_path / "alone")
    whole.save_pretrained(tmp_path / "parts", max_shard_size="60KB")
    assert len(list((tmp_path / "parts").glob("*.safetensors"))) > 1
    expected = JanusTokens(clock, folder)
    for name in ("alone", "parts"):
        other = JanusTokens(clock, tmp_path / name)
        np.testing.assert_array_equal(other.encode(frames, 5), expected.encode(frames, 5))
        assert other.fingerprint == expected.fingerprint


def test_tokens_do_not_depend_on_other_frames(folder: Path, clock: Clock, frames: SampledFrames) -> None:
    """Catches statistics over the batch."""
    janus = JanusTokens(clock, folder)
    alone = janus.encode(SampledFrames(frames.images[2:3], frames.times_s[2:3]), 1)
    np.testing.assert_array_equal(janus.encode(frames, 5)[2:3], alone)


def test_frames_of_another_size_are_refused(folder: Path, clock: Clock, frames: SampledFrames) -> None:
    """Catches a convolutional net that gives another number of tokens without a word."""
    with pytest.raises(ConfigError, match="12 x 12 pixels, not 8 x 12"):
        JanusTokens(clock, folder).encode(SampledFrames(frames.images[:, :8], frames.times_s), 5)


def test_absent_and_foreign_weights_are_named(
    folder: Path, clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error that does not say what to put where."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        JanusTokens(clock)
    for part in ("Janus-Pro-1B", str(tmp_path), "4.2 GB", "V2MEOW_MODELS"):
        assert part in str(error.value)
    from safetensors.torch import save_file

    foreign = tmp_path / "Janus-Pro-1B"
    foreign.mkdir()
    (foreign / "config.json").write_bytes((folder / "config.json").read_bytes())
    save_file({"weight": torch.zeros(2)}, foreign / "model.safetensors")
    with pytest.raises(V2MeowError, match="not those of Janus"):
        JanusTokens(clock)
