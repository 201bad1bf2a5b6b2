"""The steps of a round that are work: training the challenger, scoring both."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.variants import VisualConfig
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig
from v2meow_pipeline.evaluation.generate import GenerateConfig
from v2meow_pipeline.executors.select import Backend
from v2meow_pipeline.experiments.retraining.challenger import train_challenger
from v2meow_pipeline.experiments.retraining.config import RetrainConfig
from v2meow_pipeline.experiments.retraining.data import Stores, fill_stores
from v2meow_pipeline.experiments.retraining.promotion import MODELS
from v2meow_pipeline.experiments.retraining.rounds import Round
from v2meow_pipeline.experiments.retraining.score import frozen_clips, score_both
from v2meow_pipeline.parallel import SERIAL, MapExecutor

STORES = "stores"


class RoundJob(NamedTuple):
    """A round with all that its steps need; `known` are stores of the last training, by name, and `executor` makes the
    shards that are missing."""

    round: Round
    manifest: pd.DataFrame
    train_values: Mapping[str, Mapping[str, Any]]
    evaluation: ChooseConfig
    generate: GenerateConfig
    visual: VisualConfig
    clock: Clock
    config: RetrainConfig
    folder: Path
    known: Mapping[str, Path]
    executor: MapExecutor

    @classmethod
    def of(
        cls,
        found: Round,
        manifest: pd.DataFrame,
        parameters: Mapping[str, Any],
        retrain: dict[str, Any],
        folder: Path,
        known: Mapping[str, Path] | None = None,
        executor: MapExecutor = SERIAL,
    ) -> Self:
        """A round with its parameters.

        Args:
            found: the round.
            manifest: of all data.
            parameters: "train" by stage, "evaluation", "generate", "visual", "clock".
            retrain: values of `RetrainConfig`.
            folder: of retraining.
            known: stores of the last training, by name.
            executor: runs the work, in this process, in several, or on Ray.

        Returns:
            The job.
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
            known=known or {},
            executor=executor,
        )

    def stores(self) -> Stores:
        """Features and tokens of all data; what is there costs nothing."""
        models, place = Path(self.round.models), self.folder / STORES
        return fill_stores(self.manifest, models, self.clock, self.visual, place, self.executor, self.known)

    def train(self, backend: Backend) -> None:
        """Trains the challenger.

        Args:
            backend: where.
        """
        frozen_clips(self.manifest, self.evaluation, self.folder)  # whether they are all there, before hours of work
        path, target = self.generate.composer.path, Path(self.round.folder) / MODELS
        champion, stores = Path(self.round.models), self.stores()
        train_challenger(
            self.manifest, stores, champion, path, self.train_values, self.visual, self.clock, target, backend
        )

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
