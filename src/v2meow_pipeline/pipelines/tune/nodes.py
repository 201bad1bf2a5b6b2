"""Nodes of the tune pipeline."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader


def search_parameters(
    manifest: pd.DataFrame,
    tokens: ShardReader,
    features: ShardReader,
    music_text: ShardReader,
    semantic_tokenizer: Path,
    acoustic_tokenizer: Path,
    music_text_head: Path,
    model: dict[str, Any],
    train: dict[str, Any],
    tune: dict[str, Any],
    visual: dict[str, Any],
    clock: dict[str, Any],
    backend: str,
    ray: dict[str, Any],
    folder: Path,
    environment: Path,
    pictures: Path,
) -> tuple[dict[str, float], pd.DataFrame, Path]:
    """Tunes a stage: metrics, trials and plots of its study; writes the best parameters to an environment."""
    from v2meow_pipeline.corpus.variants import VisualConfig
    from v2meow_pipeline.experiments.tuning.config import TuneConfig
    from v2meow_pipeline.experiments.tuning.report import report
    from v2meow_pipeline.experiments.tuning.tune import Tuning, tune_stage
    from v2meow_pipeline.jobs.stage_job import build_job

    readers = {"tokens": tokens, "visual_features": features, "music_text": music_text}
    made_with = {"semantic_tokenizer": semantic_tokenizer, "acoustic_tokenizer": acoustic_tokenizer}
    made_with["music_text"] = music_text_head
    seen, rates = VisualConfig.parse(visual), Clock.parse(clock)
    build = partial(build_job, manifest, readers, made_with, visual=seen, clock=rates)
    tuning = Tuning(model["stage"], {"model": model, "train": train}, build, TuneConfig.parse(tune), folder)
    return report(tune_stage(tuning, backend, ray), tuning, environment, pictures)
