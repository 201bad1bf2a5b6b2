"""A run that would miss an encoder's weights after hours does not begin."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.hooks.encoders import EncoderHooks


def before_run(names: list[str], variant: str, clip: str, models: Path) -> None:
    """What the hook does before a pipeline with nodes of these names."""
    hooks = EncoderHooks()
    visual = {"variant": variant, "encoders": {"clip": clip, "i3d": "flow_statistics", "vit": "vitvqgan"}}
    hooks.after_context_created(SimpleNamespace(params={"visual": visual}))
    nodes = [Node(lambda x: x, "a", f"out_{name}", name=name) for name in names]
    hooks.before_pipeline_run(Pipeline(nodes), DataCatalog({"models_folder": MemoryDataset(models)}))


def test_missing_weights_are_told_before_any_video(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """CLIP's weights were missed after the whole ingestion."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "none"))
    with pytest.raises(MissingModelError, match="clip-vit-large-patch14"):
        before_run(["collect_videos", "extract_visual"], "clip", "clip", tmp_path)
    with pytest.raises(MissingModelError, match="same --env"):
        before_run(["collect_videos", "extract_visual"], "vit", "clip", tmp_path)


def test_what_a_run_does_not_need_is_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingestion alone needs no encoder; the embedded default needs no file."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "none"))
    before_run(["collect_videos"], "clip", "clip", tmp_path)
    before_run(["collect_videos", "extract_visual"], "clip+i3d", "efficientnet_lite0", tmp_path)
