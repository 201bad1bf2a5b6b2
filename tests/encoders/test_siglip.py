"""The adapter for SigLIP, on a tiny SigLIP with random weights."""

from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.damaged_weights import check_damaged_weights_are_refused

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.base import VisualEncoder
from v2meow_pipeline.encoders.siglip import Siglip
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.media.decode import SampledFrames


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both towers, as on the hub: the text tower must be passed over."""
    from transformers import SiglipConfig, SiglipModel

    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    config = SiglipConfig(
        text_config={**sizes, "vocab_size": 50, "max_position_embeddings": 8},
        vision_config={**sizes, "image_size": 32, "patch_size": 8},
    )
    path = tmp_path_factory.mktemp("models") / "siglip-base-patch16-224"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        SiglipModel(config).save_pretrained(path)
    return path


@pytest.fixture
def frames() -> SampledFrames:
    images = np.random.default_rng(0).integers(0, 256, (11, 32, 32, 3), dtype=np.uint8)
    return SampledFrames(images, np.arange(11.0))


def test_it_fits_the_protocol_with_sizes_from_the_folder(folder: Path, clock: Clock) -> None:
    """Catches CLIP's crop: SigLIP was trained on whole pictures."""
    siglip = Siglip(clock, folder)
    assert isinstance(siglip, VisualEncoder)
    assert (siglip.name, siglip.width, siglip.frames.size_px, siglip.frames.fit) == ("siglip", 16, 32, "stretch")


def test_features_equal_those_of_transformers(folder: Path, clock: Clock, frames: SampledFrames) -> None:
    """Catches CLIP's pixel statistics, and mean pooling in place of the attention pooling."""
    from transformers import SiglipImageProcessor, SiglipModel

    processor = SiglipImageProcessor(size={"height": 32, "width": 32})
    pixels = processor(list(frames.images), return_tensors="pt")["pixel_values"]
    with torch.inference_mode():
        expected = SiglipModel.from_pretrained(folder).eval().get_image_features(pixel_values=pixels).pooler_output
    np.testing.assert_allclose(Siglip(clock, folder).encode(frames, 11), expected.numpy(), atol=1e-4)


def test_absent_weights_name_model_folder_and_size(
    clock: Clock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches an error that leaves a person guessing."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    with pytest.raises(MissingModelError) as error:
        Siglip(clock)
    for part in ("SigLIP", "siglip-base-patch16-224", str(tmp_path), "0.8 GB", "V2MEOW_MODELS"):
        assert part in str(error.value)


def test_default_folder_is_found_through_the_variable(
    folder: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches a folder name in the error that is not the one looked for."""
    monkeypatch.setenv("V2MEOW_MODELS", str(folder.parent))
    assert Siglip(clock).fingerprint == Siglip(clock, folder).fingerprint


def test_a_wrong_number_of_frames_is_refused(folder: Path, clock: Clock, frames: SampledFrames) -> None:
    """Catches features that slip by a second."""
    with pytest.raises(ConfigError, match="11 frames, not 10"):
        Siglip(clock, folder).encode(frames, 10)


def test_damaged_weights_are_refused(folder: Path, clock: Clock, tmp_path: Path) -> None:
    """Catches noise from weights that transformers replaces by random ones, with a warning."""
    check_damaged_weights_are_refused(lambda path: Siglip(clock, path), folder, tmp_path, "vision")
