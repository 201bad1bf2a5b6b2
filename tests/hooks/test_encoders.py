"""A run that would miss an encoder's weights after hours does not begin."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.errors import MissingModelError
from v2meow_pipeline.hooks.encoders import EncoderHooks


def before_run(names: list[str], variant: str, clip: str, models: Path, **params: Any) -> None:
    """What the hook does before a pipeline with nodes of these names; one with a dot makes the dataset of that name."""
    hooks = EncoderHooks()
    visual = {"variant": variant, "encoders": {"clip": clip, "i3d": "flow_statistics", "vit": "vitvqgan"}}
    chosen = {"codec": "kmeans", "semantic_tokenizer": {}, "music_text": {"space": "head"}, "from_scratch": True}
    hooks.after_context_created(SimpleNamespace(params={"visual": visual, **chosen, **params}))
    nodes = [Node(lambda x: x, "a", n if "." in n else f"out_{n}", name=n.replace(".", "_")) for n in names]
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


def test_missing_tokenizers_are_told_before_any_video(tmp_path: Path) -> None:
    """w2v-BERT, SoundStream and MuLan were missed after the features of all clips."""
    for node, params in (
        ("fit_semantic_tokenizer", {"semantic_tokenizer": {"features": "w2v_bert"}}),
        ("fit_acoustic_tokenizer", {"codec": "soundstream"}),
        ("fit_music_text_head", {"music_text": {"space": "mulan"}}),
    ):
        with pytest.raises(MissingModelError, match="kedro run --pipelines"):
            before_run(["collect_videos", node], "clip", "efficientnet_lite0", tmp_path, **params)
        before_run([node], "clip", "efficientnet_lite0", tmp_path, **params)
        before_run(["collect_videos", node], "none", "clip", tmp_path, **params, from_scratch=False)


def test_networks_that_the_run_trains_are_not_missed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`kedro run --pipelines vitvqgan,soundstream,train` trains them first."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path / "none"))
    nodes = ["collect_videos", "extract_visual", "fit_acoustic_tokenizer", "vitvqgan.checkpoint"]
    before_run([*nodes, "soundstream.checkpoint"], "vit", "clip", tmp_path, codec="soundstream")
    with pytest.raises(MissingModelError, match="soundstream"):
        before_run(nodes, "vit", "clip", tmp_path, codec="soundstream")
