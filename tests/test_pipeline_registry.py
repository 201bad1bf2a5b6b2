"""Registered pipelines: what their nodes depend on."""

from functools import cache

import pytest
from kedro.pipeline import Pipeline

from v2meow_pipeline.pipeline_registry import register_pipelines

MOST_INPUTS = 6
# Pipelines whose nodes still have more inputs.
WIDE = ("components", "diagnose", "score")


@cache
def pipelines() -> dict[str, Pipeline]:
    """All registered pipelines."""
    return register_pipelines()


def test_nodes_are_narrow() -> None:
    """Catches a node with so many inputs that nobody sees what it depends on."""
    wide = {node.name for name in WIDE for node in pipelines()[name].nodes}
    for pipeline in pipelines().values():
        for node in pipeline.nodes:
            assert len(node.inputs) <= MOST_INPUTS or node.name in wide, node.name


@pytest.mark.parametrize(
    ("name", "node", "reads"),
    [
        ("features", "extract_visual", {"vitvqgan.checkpoint", "i3d_flow.checkpoint"}),
        ("features", "fit_music_text_head", {"mulan.checkpoint"}),
        ("semantic_tokenizer", "fit_semantic_tokenizer", {"w2v_bert.checkpoint"}),
        ("acoustic_tokenizer", "fit_acoustic_tokenizer", {"soundstream.checkpoint", "mel_rvq.checkpoint"}),
        ("tokenize", "report_tokenizers", {"semantic_tokenizer", "acoustic_tokenizer", "vocoder.checkpoint"}),
        ("vocoder", "vocoder.train", {"acoustic_tokenizer"}),
        ("stages", "coarse.train", {"semantic_tokenizer", "acoustic_tokenizer", "vitvqgan.checkpoint"}),
        ("tune", "coarse.tune", {"semantic_tokenizer", "acoustic_tokenizer", "vitvqgan.checkpoint"}),
        ("generate", "generate_music", {"fine.checkpoint", "audio_prompts", "vocoder.checkpoint"}),
        ("ablation", "train_and_measure", {"music_text_head", "vitvqgan.checkpoint", "vocoder.checkpoint"}),
    ],
)
def test_a_checkpoint_that_a_node_reads_comes_before_it(name: str, node: str, reads: set[str]) -> None:
    """Catches a network that is read from the models folder, so that Kedro runs the node before its training."""
    assert reads <= pipelines()[name].to_nodes(node).datasets()


@pytest.mark.parametrize("namespace", ["semantic", "coarse", "fine"])
@pytest.mark.parametrize("name", ["stages", "tune"])
def test_a_stage_runs_by_itself(name: str, namespace: str) -> None:
    """Catches `--namespaces coarse` that misses data which another namespace collects."""
    alone = pipelines()[name].filter(node_namespaces=[namespace])
    assert not {dataset for dataset in alone.inputs() if dataset.endswith((".inputs", ".models"))}
    assert alone.inputs() <= pipelines()[name].inputs()


def test_the_nodes_of_the_handbook_run_by_themselves() -> None:
    """Catches `--nodes ...` of docs/how-to/datasets.md that needs data which only exist in memory."""
    nodes = ("extract_visual", "extract_trunk", "embed_clips", "embed_music_text", "encode_clips")
    inputs = pipelines()["train"].only_nodes(*nodes).inputs()
    assert not {"clip_vectors", "corpus_audio", "decoders", "codec_networks"} & inputs
