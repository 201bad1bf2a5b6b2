"""Steps of a retraining round: training the challenger, and scoring champion and challenger."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig
from v2meow_pipeline.evaluation.generate import GenerateConfig
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.experiments.retraining.challenger import train_challenger
from v2meow_pipeline.experiments.retraining.config import RetrainConfig
from v2meow_pipeline.experiments.retraining.data import Stores, fill_stores
from v2meow_pipeline.experiments.retraining.rounds import MODELS, Round
from v2meow_pipeline.experiments.retraining.score import frozen_clips, score_both
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.parallel import SERIAL, MapExecutor

STORES = "stores"


class RoundJob(NamedTuple):
    """Inputs of the steps of a retraining round: the round, its data, and parsed parameters (see `of`)."""

    round: Round
    manifest: pd.DataFrame
    train_values: Mapping[str, Mapping[str, Any]]
    evaluation: ChooseConfig
    generate: GenerateConfig
    visual: VisualConfig
    clock: Clock
    config: RetrainConfig
    folder: Path

    @classmethod
    def of(
        cls,
        found: Round,
        manifest: pd.DataFrame,
        parameters: Mapping[str, Any],
        retrain: dict[str, Any],
        folder: Path,
    ) -> Self:
        """Builds the job of a round from parameters.

        Args:
            found: retraining round.
            manifest: clip manifest of old and new data.
            parameters: "train" by stage, "evaluation", "generate", "visual", "clock".
            retrain: values of `RetrainConfig`.
            folder: retraining folder.

        Returns:
            Job of the round.
        """
        config = RetrainConfig.parse(retrain)
        return cls(
            round=found,
            manifest=manifest,
            train_values={stage: {**values, **config.train} for stage, values in parameters["train"].items()},
            evaluation=ChooseConfig.parse(parameters["evaluation"]),
            generate=GenerateConfig.parse(parameters["generate"]),
            visual=VisualConfig.parse(parameters["visual"]),
            clock=Clock.parse(parameters["clock"]),
            config=config,
            folder=folder,
        )

    def stores(self, to_shards: MapExecutor = SERIAL, known: Mapping[str, Path] | None = None) -> Stores:
        """Features and tokens of all clips; computes only missing shards.

        Args:
            to_shards: map executor for missing shards.
            known: shard folders of the last training, by name, which are reused for known clips; None for none.

        Returns:
            Shard readers of all clips.
        """
        models, folder = ModelStore(Path(self.round.models)), self.folder / STORES
        return fill_stores(self.manifest, models, self.clock, self.visual, folder, to_shards, known or {})

    def train(self, executor: Executor, known: Mapping[str, Path]) -> None:
        """Trains the challenger.

        Args:
            executor: executor of the run.
            known: shard folders of the last training, by name, which are reused for known clips.
        """
        frozen_clips(self.manifest, self.evaluation, self.folder)  # raises on missing clips before hours of work
        path, target = self.generate.composer.path, Path(self.round.folder) / MODELS
        champion, stores = ModelStore(Path(self.round.models)), self.stores(executor.map("retrain"), known)
        inputs = stores.inputs(self.manifest, self.visual, self.clock)
        train_challenger(inputs, champion, path, self.train_values, target, executor)

    def score(self) -> pd.DataFrame:
        """Scores of champion and challenger."""
        folder = Path(self.round.folder)
        return score_both(
            frozen_clips(self.manifest, self.evaluation, self.folder),
            self.stores(),
            Path(self.round.models),
            folder / MODELS,
            self.generate,
            self.config.verdict,
            self.clock,
            folder,
            self.config.workers,
        )
