"""Configuration of a diagnosis: which models, which clips, and what is measured."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from v2meow_pipeline.composer import Bundle, ComposerConfig, read_bundle_manifest
from v2meow_pipeline.config import Config
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig
from v2meow_pipeline.metrics.summary import EvaluateConfig
from v2meow_pipeline.metrics.two_sample import TwoSampleConfig

PREFERRED_SPLIT, OTHER_SPLIT = "test-iid", "val"


class DiagnoseConfig(Config):
    """A diagnosis.

    Attributes:
        models: folder of trained models or of a packed bundle; None is the project's own.
        split: of the manifest; None is "test-iid", or "val" where there is no such clip.
        clips: of the split, at most; the evaluation's own clips come first.
        seed: seeds the music, the folds of the two-sample test and the bootstrap resampling.
        clips_per_shard: unit of resume.
        judges: networks whose embeddings FAD and the two-sample test are computed from.
        pictures: whether beats are compared with cuts and movement of the video, which decodes the videos.
        two_sample: classifier of the two-sample test.
        metrics: how intervals are made.
    """

    models: str | None = None
    split: str | None = None
    clips: int = Field(default=24, gt=0)
    seed: int = 0
    clips_per_shard: int = Field(default=24, gt=0)
    judges: tuple[str, ...] = ("speech_embedding", "musicnn")
    pictures: bool = False
    two_sample: TwoSampleConfig = Field(default_factory=TwoSampleConfig)
    metrics: EvaluateConfig = Field(default_factory=EvaluateConfig)

    def measured(self) -> MeasureConfig:
        """What is measured of each system's sound."""
        return MeasureConfig(
            judges=self.judges, tags=False, spaces=(), pictures=self.pictures, seed=self.seed, metrics=self.metrics
        )


class DiagnosedModels(NamedTuple):
    """Models that are diagnosed: their `folder`, and the `composer` configuration that they are sampled with."""

    folder: Path
    composer: ComposerConfig

    def load(self) -> Bundle:
        """The models, once it is certain that they fit each other, else a StaleError."""
        return Bundle.load(self.folder, self.composer)


def choose_models(config: DiagnoseConfig, default: Path, composer: ComposerConfig) -> DiagnosedModels:
    """The models of a diagnosis, and how they are sampled.

    Args:
        config: names them.
        default: the project's own models.
        composer: the project's sampling; a packed bundle has its own.

    Returns:
        Folder and sampling.
    """
    folder = default if config.models is None else Path(config.models)
    bundle_manifest = read_bundle_manifest(folder)
    return DiagnosedModels(folder, composer if bundle_manifest is None else bundle_manifest.composer)


def choose_diagnosed(manifest: pd.DataFrame, config: DiagnoseConfig) -> pd.DataFrame:
    """The clips of a diagnosis, the same whatever its seed.

    Args:
        manifest: of the corpus.
        config: split and number.

    Returns:
        Rows of the manifest.

    Raises:
        ConfigError: when the split has no clip.
    """
    present = (manifest["split"] == PREFERRED_SPLIT).any()
    split = config.split or (PREFERRED_SPLIT if present else OTHER_SPLIT)
    return choose_clips(manifest, ChooseConfig(splits=(split,), clips_per_split=config.clips))
