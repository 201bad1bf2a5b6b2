"""Nodes of the retrain pipeline; they do nothing for a round that is not due."""

from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from v2meow_pipeline.clock import Clock

# `experiments.retraining.rounds.Round`: not imported, since Kedro resolves annotations and the import takes seconds.
Round: TypeAlias = Any


def detect_new_data(
    corpus: dict[str, Any],
    ingest: dict[str, Any],
    clock: dict[str, Any],
    retrain: dict[str, Any],
    parameters: dict[str, Any],
    known: pd.DataFrame,
    videos: Path,
    memory: Path,
    folder: Path,
) -> tuple[pd.DataFrame, Round]:
    """Builds the manifest of all current videos, and decides whether a retraining round is due."""
    from v2meow_pipeline.corpus.ingest import IngestConfig
    from v2meow_pipeline.corpus.sources import collect
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.new_data import detect_new_data

    source = corpus["source"]
    videos_now = collect({"source": source, **corpus[source]}, videos)
    config, cut = RetrainConfig.parse(retrain), IngestConfig.parse(ingest)
    return detect_new_data(videos_now, cut, Clock.parse(clock), known, memory, config, parameters, folder)


def gather_parameters(
    semantic: dict[str, Any],
    coarse: dict[str, Any],
    fine: dict[str, Any],
    coarse_audio: dict[str, Any],
    coarse_direct: dict[str, Any],
    evaluation_clips: dict[str, Any],
    generate: dict[str, Any],
    visual: dict[str, Any],
    clock: dict[str, Any],
) -> dict[str, Any]:
    """Collects the parameters, other than `retrain`, that affect training and scores of a challenger."""
    stages = (semantic, coarse, fine, coarse_audio, coarse_direct)
    train = {stage["model"]["stage"]: stage["train"] for stage in stages}
    return {"train": train, "evaluation": evaluation_clips, "generate": generate, "visual": visual, "clock": clock}


def examine_drift(
    found: Round,
    manifest: pd.DataFrame,
    retrain: dict[str, Any],
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
) -> Round:
    """Returns the round; raises if the new data differ too much from the champion's training data."""
    if not found.due:
        return found
    from v2meow_pipeline.executors.map import map_executor
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.drift import examine_drift

    config = RetrainConfig.parse(retrain)
    executor = map_executor(config.workers, backend, ray)
    return examine_drift(found, manifest, Clock.parse(clock), config.drift, folder / "traits", executor)


def train_challenger(
    examined: Round,
    manifest: pd.DataFrame,
    parameters: dict[str, Any],
    retrain: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
    clip_audio: Path,
    visual_features: Path,
    music_trunk: Path,
    tokens: Path,
    music_text: Path,
) -> Round:
    """Trains the challenger and returns the round."""
    if not examined.due:
        return examined
    from v2meow_pipeline.executors.map import map_executor
    from v2meow_pipeline.executors.select import backend_of
    from v2meow_pipeline.experiments.retraining.round_job import RoundJob

    known = {"clip_audio": clip_audio, "visual_features": visual_features, "music_trunk": music_trunk}
    known |= {"tokens": tokens, "music_text": music_text}
    executor = map_executor(retrain["workers"], backend, ray)
    RoundJob.of(examined, manifest, parameters, retrain, folder, known, executor).train(backend_of(backend, ray))
    return examined


def score_both(
    trained: Round, manifest: pd.DataFrame, parameters: dict[str, Any], retrain: dict[str, Any], folder: Path
) -> pd.DataFrame:
    """Scores champion and challenger: one row per clip and system; empty for a round that is not due."""
    if not trained.due:
        return pd.DataFrame()
    from v2meow_pipeline.experiments.retraining.round_job import RoundJob

    return RoundJob.of(trained, manifest, parameters, retrain, folder).score()


def decide_round(
    examined: Round, scores: pd.DataFrame, parameters: dict[str, Any], retrain: dict[str, Any]
) -> dict[str, Any]:
    """Makes and applies the decision (promoted, kept or nothing new), and returns it with its reason."""
    from v2meow_pipeline.composer import ComposerConfig
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.promotion import conclude

    composer = ComposerConfig.parse(parameters["generate"]["composer"])
    return conclude(examined, scores, RetrainConfig.parse(retrain).verdict, composer)
