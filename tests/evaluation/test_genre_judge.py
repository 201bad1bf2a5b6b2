"""Genres by a judge of true sound, and prompts that contradict the picture."""

import numpy as np
import pandas as pd
import pytest

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.evaluation.audio_embeddings import EmbeddingCache
from v2meow_pipeline.evaluation.audio_sets import AudioSet
from v2meow_pipeline.evaluation.genre_judge import PROMPTED, embed_genre_training, judge_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig, embed_reference, embedders_of, measure
from v2meow_pipeline.evaluation.prompts import other_genres
from v2meow_pipeline.metrics.controls import click_track

CLOCK = Clock(clip_s=4.0)
QUICK = {"tags": False, "pictures": False, "metrics": {"replicates": 20, "fad_replicates": 3, "floor_splits": 3}}


def _clicks(seed: int) -> np.ndarray:
    return click_track(90 + 5 * seed, CLOCK.clip_samples, CLOCK.sample_rate_hz)


def _noise(seed: int) -> np.ndarray:
    return 0.2 * np.random.default_rng(seed).standard_normal(CLOCK.clip_samples).astype(np.float32)


def _set(waves: list[np.ndarray]) -> AudioSet:
    return AudioSet.of_waves([f"c{place}" for place in range(len(waves))], waves)


def _facts(genres: list[str]) -> pd.DataFrame:
    ids = [f"c{place}" for place in range(len(genres))]
    facts = pd.DataFrame({"clip_id": ids, "source_id": ids, "genre": genres})
    return facts.assign(tempo_bpm=np.nan, caption="", path="", start_s=0.0, end_s=4.0)


@pytest.mark.filterwarnings("ignore::v2meow_pipeline.metrics.fad.QualityWarning")
def test_a_system_that_plays_what_it_was_asked_for_is_told_from_one_that_follows_the_picture() -> None:
    """Catches a judge that compares music with the wrong genre: that of the clip where a prompt asked for another."""
    sounds = [_clicks(i) for i in range(12)] + [_noise(i) for i in range(12)]
    genres = ["clicks"] * 12 + ["noise"] * 12
    truth = [_clicks(2), _clicks(8), _noise(17), _noise(18)]
    facts = _facts(["clicks", "clicks", "noise", ""]).assign(**{PROMPTED: ["noise", "noise", "clicks", "clicks"]})
    follows_prompt = [_noise(19), _noise(20), _clicks(3), _clicks(9)]
    config, cache = MeasureConfig.parse(QUICK), EmbeddingCache(workers=1)
    embedders = embedders_of(config, CLOCK)
    audio = {"ground_truth": _set(truth), "prompted": _set(follows_prompt)}
    reference = embed_reference(audio["ground_truth"], facts, embedders, config, cache)
    training = embed_genre_training(_set(sounds), genres, embedders, cache)
    result = measure(cache.embed(audio, embedders), reference, config, genre_training=training)
    value = {(row.system, row.metric): (row.value, row.n) for row in result.summary}
    assert value["ground_truth", "genre_accuracy_speech_embedding"] == (1.0, 3)
    assert value["prompted", "genre_accuracy_speech_embedding"] == (0.0, 3)
    assert value["ground_truth", "prompt_followed_speech_embedding"] == (0.0, 4)
    assert value["prompted", "prompt_followed_speech_embedding"] == (1.0, 4)


def test_a_prompt_names_another_genre_whatever_else_is_evaluated() -> None:
    """Catches generation and evaluation that draw different prompts, and a prompt that the picture agrees with."""
    clips = _facts(["jazz", "rock", "pop"] * 30)
    prompts = other_genres(clips)
    assert list(prompts) == clips["clip_id"].tolist()
    assert all(prompts[row.clip_id] not in ("", row.genre) for row in clips.itertuples())
    assert set(prompts.values()) == {"jazz", "rock", "pop"}
    assert other_genres(clips[::2]) == {key: prompts[key] for key in clips["clip_id"][::2]}
    with pytest.raises(ConfigError, match="two genres"):
        other_genres(_facts(["jazz", "jazz", ""]))


def test_the_judge_learns_from_its_own_clips_where_there_are_some() -> None:
    """Catches a judge that heard the clips that it judges, or one that was trained on the model's own."""
    manifest = _facts(["jazz", "rock", "pop", "rock", ""])
    manifest["split"] = ["test-iid", "train", "train", "judge", "judge"]
    assert judge_clips(manifest)["clip_id"].tolist() == []
    manifest.loc[0, "split"] = "judge"
    assert judge_clips(manifest)["clip_id"].tolist() == ["c0", "c3"]
    assert judge_clips(manifest[manifest["split"] != "judge"])["clip_id"].tolist() == ["c1", "c2"]
