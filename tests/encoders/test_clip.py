"""The adapter for the paper's CLIP, on a tiny CLIP with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualEncoder
from v2meow_pipeline.encoders.clip import Clip
from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.media.decode import SampledFrames


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import CLIPConfig, CLIPModel

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = CLIPConfig(
        text_config={**sizes, "vocab_size": 50, "max_position_embeddings": 8},
        vision_config={**sizes, "image_size": 32, "patch_size": 8},
        projection_dim=12,
    )
    path = tmp_path_factory.mktemp("models") / "clip-vit-large-patch14"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        CLIPModel(config).save_pretrained(path)
    return path


@pytest.fixture
def frames() -> SampledFrames:
    images = np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)
    return SampledFrames(images, np.arange(11.0))


def test_it_fits_the_protocol_with_sizes_from_the_folder(folder: Path, clock: Clock) -> None:
    clip = Clip(clock, folder)
    assert isinstance(clip, VisualEncoder)
    assert (clip.width, clip.frames.size_px, clip.frames.gray) == (12, 32, False)


def test_features_equal_those_of_transformers(folder: Path, clock: Clock, frames: SampledFrames) -> None:
    """Wrong pixel statistics, or the hidden state instead of the projection, would go unnoticed."""
    from transformers import CLIPImageProcessor, CLIPModel

    processor = CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32})
    pixels = processor(list(frames.images), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        expected = CLIPModel.from_pretrained(folder).eval().get_image_features(pixel_values=pixels).pooler_output
    np.testing.assert_allclose(Clip(clock, folder).encode(frames, 11), expected.numpy(), atol=1e-4)


def test_loading_prints_nothing(folder: Path, clock: Clock, capfd: pytest.CaptureFixture[str]) -> None:
    """Catches the progress bar of transformers, and its table of the text tower, which is not used."""
    Clip(clock, folder)
    assert capfd.readouterr() == ("", "")


def test_absent_weights_name_model_folder_and_size(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        Clip(clock)
    for part in ("clip-vit-large-patch14", str(tmp_path), "1.7 GB", "V2MEOW_MODELS"):
        assert part in str(error.value)


def test_default_folder_is_found_through_the_variable(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("V2MEOW_MODELS", str(folder.parent))
    assert Clip(clock).fingerprint == Clip(clock, folder).fingerprint


def test_damaged_weights_are_refused(folder: Path, clock: Clock, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(lambda path: Clip(clock, path), folder, tmp_path, "vision")
