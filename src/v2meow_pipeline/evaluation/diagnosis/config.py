"""Configuration of a diagnosis: models, clips and metrics."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd
from pydantic import Field

from v2meow_pipeline.composer import Bundle, ComposerConfig, read_bundle_manifest
from v2meow_pipeline.config import Config
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig
from v2meow_pipeline.metrics.summary import MetricsConfig
from v2meow_pipeline.metrics.two_sample import TwoSampleConfig

PREFERRED_SPLIT, OTHER_SPLIT = "test-iid", "val"


class DiagnoseConfig(Config):
    """Settings of a diagnosis.

    Attributes:
        models: directory of trained models or of a packed bundle; None uses the project's own.
        split: split of the manifest; None uses "test-iid", or "val" if "test-iid" has no clips.
        clips: maximum number of clips of the split; the clips of the evaluation come first.
        seed: seeds the music, the folds of the two-sample test and the bootstrap resampling.
        clips_per_shard: number of clips per shard; an interrupted run resumes with the next shard.
        judges: embedding networks for FAD and the two-sample test.
        pictures: whether beats are compared with cuts and motion of the video, which requires decoding the videos.
        two_sample: settings of the two-sample test.
        metrics: settings of the intervals.
    """

    models: str | None = None
    split: str | None = None
    clips: int = Field(default=24, gt=0)
    seed: int = 0
    clips_per_shard: int = Field(default=24, gt=0)
    judges: tuple[str, ...] = ("speech_embedding", "musicnn")
    pictures: bool = False
    two_sample: TwoSampleConfig = Field(default_factory=TwoSampleConfig)
    metrics: MetricsConfig = Field(default_factory=MetricsConfig)

    def measured(self) -> MeasureConfig:
        """Metric settings for each system's audio."""
        return MeasureConfig(
            judges=self.judges, tags=False, spaces=(), pictures=self.pictures, seed=self.seed, metrics=self.metrics
        )


class DiagnosedModels(NamedTuple):
    """Diagnosed models: their `folder`, and the `composer` configuration for sampling."""

    folder: Path
    composer: ComposerConfig

    def load(self) -> Bundle:
        """Loads the models; raises a StaleError if they do not fit each other."""
        return Bundle.load(self.folder, self.composer)


def choose_models(config: DiagnoseConfig, default: Path, composer: ComposerConfig) -> DiagnosedModels:
    """Models of a diagnosis, with their sampling settings.

    Args:
        config: settings of the diagnosis.
        default: directory of the project's own models.
        composer: sampling settings of the project; a packed bundle has its own.

    Returns:
        Directory and sampling settings.
    """
    folder = default if config.models is None else Path(config.models)
    bundle_manifest = read_bundle_manifest(folder)
    return DiagnosedModels(folder, composer if bundle_manifest is None else bundle_manifest.composer)


def choose_diagnosed(manifest: pd.DataFrame, config: DiagnoseConfig) -> pd.DataFrame:
    """Clips of a diagnosis; they do not depend on its seed.

    Args:
        manifest: manifest of the corpus.
        config: split and number of clips.

    Returns:
        Rows of the manifest.

    Raises:
        ConfigError: if the split has no clip.
    """
    present = (manifest["split"] == PREFERRED_SPLIT).any()
    split = config.split or (PREFERRED_SPLIT if present else OTHER_SPLIT)
    return choose_clips(manifest, ChooseConfig(splits=(split,), clips_per_split=config.clips))
