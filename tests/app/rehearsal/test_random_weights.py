"""Random weights have the layouts that the loaders of published weights expect."""

from pathlib import Path

import pytest
import torch
from tests.support.tiny_clip import write_tiny_clip

from v2meow_pipeline.app.rehearsal.random_weights import CLIP_VIT_L_14, WRITERS, write_janus, write_random_weights
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.clip import Clip
from v2meow_pipeline.encoders.i3d.published import load_published as load_i3d
from v2meow_pipeline.encoders.janus import JanusTokens
from v2meow_pipeline.errors import ConfigError


def test_clip_has_the_sizes_of_vit_l_14() -> None:
    """Catches the defaults of CLIPConfig, which are those of ViT-B/32."""
    from transformers import CLIPConfig, CLIPModel

    with torch.device("meta"):
        network = CLIPModel(CLIPConfig(**CLIP_VIT_L_14))
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(427.6e6, rel=1e-3)
    assert network.visual_projection.weight.shape == (768, 1024)


def test_i3d_is_read_as_published(tmp_path: Path) -> None:
    """Catches a missing or an unknown tensor."""
    write_random_weights(["i3d_flow"], tmp_path)
    network = load_i3d(tmp_path / "i3d_flow" / "flow_imagenet.pt")
    assert sum(p.numel() for p in network.parameters()) == pytest.approx(12.27e6, rel=1e-2)


def test_clip_and_janus_are_read_as_published(tmp_path: Path) -> None:
    """Catches another directory, file name or prefix."""
    assert Clip(Clock(), write_tiny_clip(tmp_path)).width == 768
    write_janus(tmp_path, {"base_channels": 32, "channel_multiplier": [1, 1], "num_patches": 4, "num_embeddings": 64})
    assert JanusTokens(Clock(), tmp_path / "Janus-Pro-1B").tokens == 16


def test_weights_that_are_there_are_kept_and_unknown_ones_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Catches gigabytes written again in every rehearsal, and a partial folder after an interruption."""
    write_tiny_clip(tmp_path)
    before = (tmp_path / "clip-vit-large-patch14/model.safetensors").stat().st_mtime_ns
    write_random_weights(["clip"], tmp_path)
    assert (tmp_path / "clip-vit-large-patch14/model.safetensors").stat().st_mtime_ns == before
    with pytest.raises(ConfigError, match="siglip"):
        write_random_weights(["siglip"], tmp_path)

    def interrupted(models: Path) -> None:
        (models / "Janus-Pro-1B").mkdir()
        raise KeyboardInterrupt

    monkeypatch.setitem(WRITERS, "janus", ("Janus-Pro-1B", interrupted))
    with pytest.raises(KeyboardInterrupt):
        write_random_weights(["janus"], tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["clip-vit-large-patch14"]
