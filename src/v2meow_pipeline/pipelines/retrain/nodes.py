"""Nodes of the retrain pipeline; they do nothing for a round that is not due."""

from pathlib import Path
from typing import Any, TypeAlias

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.executors.executor import Executor

# Types of experiments.retraining: not imported, since Kedro resolves annotations and the import takes seconds.
Round: TypeAlias = Any
RoundJob: TypeAlias = Any
CurrentVideos: TypeAlias = Any


def collect_current_videos(
    corpus: dict[str, Any], ingest: dict[str, Any], clock: dict[str, Any], videos: Path, memory: Path
) -> CurrentVideos:
    """Collects all current videos, and how they are cut into clips."""
    from v2meow_pipeline.corpus.ingest import IngestConfig
    from v2meow_pipeline.corpus.sources import collect
    from v2meow_pipeline.experiments.retraining.new_data import CurrentVideos

    source = corpus["source"]
    found = collect({"source": source, **corpus[source]}, videos)
    return CurrentVideos(found, IngestConfig.parse(ingest), Clock.parse(clock), memory)


def detect_new_data(
    current: CurrentVideos, retrain: dict[str, Any], parameters: dict[str, Any], known: pd.DataFrame, folder: Path
) -> tuple[pd.DataFrame, Round]:
    """Builds the manifest of all current videos, and decides whether a retraining round is due."""
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.new_data import detect_new_data

    return detect_new_data(current, known, RetrainConfig.parse(retrain), parameters, folder)


def collect_parameters(
    stages: dict[str, Any],
    evaluation_clips: dict[str, Any],
    generate: dict[str, Any],
    visual: dict[str, Any],
    clock: dict[str, Any],
) -> dict[str, Any]:
    """Collects the parameters, other than `retrain`, that affect training and scores of a challenger."""
    train = {name: stage["train"] for name, stage in stages.items()}
    return {"train": train, "evaluation": evaluation_clips, "generate": generate, "visual": visual, "clock": clock}


def examine_drift(
    found: Round,
    manifest: pd.DataFrame,
    retrain: dict[str, Any],
    clock: dict[str, Any],
    executor: Executor,
    folder: Path,
) -> Round:
    """Returns the round; raises if the new data differ too much from the champion's training data."""
    if not found.due:
        return found
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.drift import examine_drift

    drift, traits = RetrainConfig.parse(retrain).drift, folder / "traits"
    return examine_drift(found, manifest, Clock.parse(clock), drift, traits, executor.map("retrain"))


def collect_round(
    examined: Round, manifest: pd.DataFrame, parameters: dict[str, Any], retrain: dict[str, Any], folder: Path
) -> RoundJob:
    """Collects data and parameters of the round."""
    from v2meow_pipeline.experiments.retraining.round_job import RoundJob

    return RoundJob.of(examined, manifest, parameters, retrain, folder)


def collect_known_shards(
    clip_audio: Path, visual_features: Path, music_trunk: Path, tokens: Path, music_text: Path
) -> dict[str, Path]:
    """Collects the shard folders of the last training, by name."""
    known = {"clip_audio": clip_audio, "visual_features": visual_features, "music_trunk": music_trunk}
    return {**known, "tokens": tokens, "music_text": music_text}


def train_challenger(job: RoundJob, known: dict[str, Path], executor: Executor) -> Round:
    """Trains the challenger and returns the round."""
    if job.round.due:
        job.train(executor, known)
    return job.round


def score_both(trained: Round, job: RoundJob) -> pd.DataFrame:
    """Scores champion and challenger: one row per clip and system; empty for a round that is not due."""
    return job.score() if trained.due else pd.DataFrame()


def decide_round(
    examined: Round, scores: pd.DataFrame, parameters: dict[str, Any], retrain: dict[str, Any]
) -> dict[str, Any]:
    """Makes and applies the decision (promoted, kept or nothing new), and returns it with its reason."""
    from v2meow_pipeline.composer import ComposerConfig
    from v2meow_pipeline.experiments.retraining.config import RetrainConfig
    from v2meow_pipeline.experiments.retraining.promotion import conclude

    composer = ComposerConfig.parse(parameters["generate"]["composer"])
    return conclude(examined, scores, RetrainConfig.parse(retrain).verdict, composer)
