"""Measurement of systems, and embeddings of audio."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.tiny_onnx import of_windows, write_judge
from tests.support.vggish_weights import write_vggish

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.encoders.musicnn import Musicnn
from v2meow_pipeline.errors import ConfigError, MissingModelError
from v2meow_pipeline.evaluation.audio_embeddings import EmbedderSet, EmbeddingCache, embed_wave
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.controls import control_systems
from v2meow_pipeline.evaluation.measure import MeasureConfig, embed_reference, embedders_of, measure, measure_audio
from v2meow_pipeline.evaluation.motion_events import detect_events_of_clips
from v2meow_pipeline.media.encode import encode_video
from v2meow_pipeline.metrics.controls import click_track
from v2meow_pipeline.metrics.kld import clip_probabilities

CLOCK = Clock(clip_s=4.0)
RATE = CLOCK.sample_rate_hz
QUICK = {"metrics": {"replicates": 20, "fad_replicates": 3, "floor_splits": 3}}
EMBEDDERS = EmbedderSet(CLOCK, False, ("speech_embedding",), True)


def _wave(tempo_bpm: float, seed: int) -> np.ndarray:
    noise = 0.01 * np.random.default_rng(seed).standard_normal(CLOCK.clip_samples)
    return (click_track(tempo_bpm, CLOCK.clip_samples, RATE) + noise).astype(np.float32)


TRUTH = [_wave(90 + 20 * i, i) for i in range(4)]
FACTS = pd.DataFrame(
    {
        "clip_id": [f"c{i}" for i in range(4)],
        "tempo_bpm": [90.0, 110.0, 130.0, 150.0],
        "caption": "",
        "path": "",
        "start_s": 0.0,
        "end_s": 4.0,
    }
)


def _set(waves: list[np.ndarray]) -> AudioSet:
    return AudioSet.of_waves([f"c{i}" for i in range(len(waves))], waves)


def test_equal_waves_of_several_systems_are_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an evaluation whose time grows with systems that have the same sound."""
    asked: list[int] = []
    real = Musicnn.analyse
    monkeypatch.setattr(Musicnn, "analyse", lambda self, wave, hop: asked.append(len(wave)) or real(self, wave, hop))
    cache = EmbeddingCache(workers=1)
    found = cache.embed({"truth": _set(TRUTH[:2]), "copy": _set([wave.copy() for wave in TRUTH[1::-1]])}, EMBEDDERS)
    again = cache.embed({"truth": _set(TRUTH[:2])}, EMBEDDERS)
    assert len(asked) == 2
    assert found["copy"][0].tags is found["truth"][1].tags is again["truth"][1].tags
    cache.embed({"truth": _set(TRUTH[:1])}, EMBEDDERS._replace(judges=()))
    assert len(asked) == 3


def test_a_damaged_clip_is_named() -> None:
    """Catches a clip that is skipped, which raises the score of the system that lost it."""
    for wave, fault in ((np.full(9, np.nan, np.float32), "finite"), (np.zeros(0, np.float32), "empty")):
        with pytest.raises(ValueError, match=f"ours, c1: .*{fault}"):
            EmbeddingCache(workers=1).embed({"ours": _set([TRUTH[0], wave])}, EmbedderSet(CLOCK))


def test_the_cached_output_of_musicnn_is_that_of_the_same_wave() -> None:
    """Catches tags of the previous wave."""
    first, second, again = (embed_wave(wave, EMBEDDERS) for wave in (TRUTH[0], TRUTH[1], TRUTH[0]))
    assert np.array_equal(first.tags, again.tags) and not np.array_equal(first.tags, second.tags)
    fresh = clip_probabilities(Musicnn().analyse(TRUTH[1], 146).tags)
    assert np.allclose(second.tags, fresh, atol=1e-6)


@pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
def test_controls_separate_and_what_conditioned_us_is_marked() -> None:
    """Catches a metric that takes silence for music, and a flattering judge that is not told apart."""
    config, cache = MeasureConfig.parse({**QUICK, "judges": ["musicnn"]}), EmbeddingCache(workers=1)
    systems = control_systems(_set(TRUTH), RATE, FACTS["tempo_bpm"].tolist(), seed=0)
    embedders = embedders_of(config, CLOCK)
    reference = embed_reference(_set(TRUTH), FACTS, embedders, config, cache)
    result = measure(cache.embed(systems, embedders), reference, config)
    alone = measure(cache.embed({"random_shuffle": systems["random_shuffle"]}, embedders), reference, config)
    for row in alone.summary:
        together = result.row(row.system, row.metric)
        assert np.allclose(tuple(row)[2:], tuple(together)[2:], equal_nan=True), row.metric
    value = {(row.system, row.metric): row.value for row in result.summary}
    kld = "kld_bernoulli_musicnn_conditioner"
    assert value["ground_truth", kld] == 0.0 < value["random_shuffle", kld]
    assert value["silence", kld] > value["ground_truth", kld]
    assert "fad_musicnn_conditioner" in result.metrics() and "fad_musicnn" not in result.metrics()
    assert not any(metric.startswith(("mcc_", "loop_", "sync_")) for metric in result.metrics())
    assert value["silence", "diversity_clips_musicnn"] == pytest.approx(0, abs=1e-6)
    assert value["ground_truth", "key_agreement_kk"] == 1.0


@pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
def test_judges_of_filled_folders_score_under_their_own_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches scores of two networks under one key, and scores that do not tell whose weights they are of."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    quick = {**QUICK, "tags": False, "judges": ["vggish", "onnx_tiny", "onnx_other"]}
    write_vggish(tmp_path / "vggish")
    write_judge(tmp_path / "onnx_tiny")
    write_judge(tmp_path / "onnx_other", of_windows(seed=1), window_samples=400, hop_samples=4_000)
    systems = {"ground_truth": _set(TRUTH), "silence": _set([np.zeros_like(wave) for wave in TRUTH])}
    result = measure_audio(systems, systems["ground_truth"], FACTS, MeasureConfig.parse(quick), CLOCK)
    for name in quick["judges"]:
        assert result.row("ground_truth", f"fad_{name}").value < 1e-6 < result.row("silence", f"fad_{name}").value
        assert f"diversity_clips_{name}" in result.metrics()
        assert [note for note in result.notes if note.startswith(f"{name}: weights ")]
    assert np.isnan(result.row("silence", "diversity_clips_onnx_tiny").value)  # an embedding of zeros has no direction
    assert result.row("silence", "fad_onnx_tiny").value != result.row("silence", "fad_onnx_other").value


def test_replaced_weights_are_used_in_the_same_process(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches a judge or a cache that keeps the outputs of the old weights."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    embedders, cache, found = EmbedderSet(CLOCK, False, ("onnx_tiny",)), EmbeddingCache(workers=1), []
    for seed in (0, 1):
        write_judge(tmp_path / "onnx_tiny", of_windows(seed=seed), window_samples=400, hop_samples=4_000)
        found.append(cache.embed({"truth": _set(TRUTH[:1])}, embedders)["truth"][0].frames["onnx_tiny"])
    assert found[0].shape == found[1].shape and not np.allclose(found[0], found[1])


def test_a_missing_judge_is_reported_before_audio_is_processed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Catches an evaluation that runs for an hour and then lacks a file."""
    monkeypatch.setenv("V2MEOW_MODELS", str(tmp_path))
    for name, error in (("vggish", MissingModelError), ("onnx_trill", MissingModelError), ("trill", ConfigError)):
        with pytest.raises(error, match="VGGish" if name == "vggish" else name):
            embedders_of(MeasureConfig.parse({**QUICK, "judges": [name]}), CLOCK)


def test_diversity_between_seeds_is_of_each_clip_and_of_systems_with_several() -> None:
    """Catches clips taken for seeds, a diversity of 0 for a system that has one sample, and splits without any."""
    other = [_wave(70 + 30 * i, 10 + i) for i in range(4)]
    truth = _set(TRUTH)
    systems = {"ours": truth, "ours.1": _set(other), "copies": truth, "copies.1": truth, "ground_truth": truth}
    config = MeasureConfig.parse({**QUICK, "judges": ["musicnn"], "tags": False})
    facts = FACTS.assign(split=["a", "a", "b", "b"])
    embedders, cache = embedders_of(config, CLOCK), EmbeddingCache(workers=1)
    embedded = cache.embed(systems, embedders)
    reference = embed_reference(truth, facts, embedders, config, cache)
    result = measure(embedded, reference, config, {"ours.1": "ours", "copies.1": "copies"})
    key = "diversity_seeds_musicnn"
    clips = {str(row["clip_id"]): float(row[key]) for row in result.by_clip if row["system"] == "ours"}
    first, second = (embedded[name][2].frames["musicnn"].mean(axis=0) for name in ("ours", "ours.1"))
    cosine = first @ second / np.linalg.norm(first) / np.linalg.norm(second)
    assert clips["c2"] == pytest.approx(1 - cosine, abs=1e-5) and min(clips.values()) > 0
    row = result.row("ours", key)
    assert row.value == pytest.approx(np.mean(list(clips.values()))) and row.n == 4 and row.low < row.value < row.high
    assert result.row("copies", key).value == pytest.approx(0, abs=1e-6)
    assert {row.system for row in result.summary if row.metric == key} == {"ours", "copies"}
    of_b = {(row.system, row.metric): row for row in result.by_split["b"]}
    assert of_b["ours", key].value == pytest.approx((clips["c2"] + clips["c3"]) / 2)
    clips_metric = "diversity_clips_musicnn"
    assert of_b["ours", clips_metric].n == 2 and result.row("ours", clips_metric).n == 4
    assert result.row("copies", clips_metric).value == pytest.approx(result.row("ground_truth", clips_metric).value)


def test_cuts_and_movement_are_seen_where_they_are(tmp_path: Path) -> None:
    """Catches events that slip against the sound, and a clip without video that stops the others."""
    rng = np.random.default_rng(0)
    scenes = [rng.integers(0, 255, (96, 96, 3)).astype(np.uint8) for _ in range(4)]
    frames = [scenes[i // 25] for i in range(100)]
    encode_video(tmp_path / "cuts.mp4", frames, 25.0)
    facts = FACTS.iloc[:2].assign(path=[str(tmp_path / "cuts.mp4"), ""])
    picture, nothing = detect_events_of_clips(facts, CLOCK, workers=1)
    assert nothing is None and picture is not None
    assert picture.cuts_s == pytest.approx([1.0, 2.0, 3.0], abs=1 / CLOCK.flow_fps)
    assert picture.motion_at(4.0).shape == (16,)
