"""An ablation from its rows to one evaluation: train, generate, measure, a child run a row."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.fitting import waves_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.evaluate import EvaluationConfig
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips
from v2meow_pipeline.evaluation.generate import MODEL, GenerateConfig, generate_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig, Measurer
from v2meow_pipeline.evaluation.samples import read_samples
from v2meow_pipeline.experiments.ablation.config import SUFFIXES, AblationConfig, AblationRow
from v2meow_pipeline.experiments.ablation.models import AblationContext, slug, train_row
from v2meow_pipeline.metrics.controls import control_systems
from v2meow_pipeline.metrics.result import EvaluationResult, together
from v2meow_pipeline.metrics.table import flat
from v2meow_pipeline.tracking.runs import VARIANT, child_run, log_metrics

log = logging.getLogger(__name__)

GENERATED = "generated"


class EvaluationSetup(NamedTuple):
    """What all rows are tested on.

    Attributes:
        clips: rows of the manifest.
        features: visual features of the corpus.
        clip_audio: its sound.
        generate: sampling and seed.
        measure: what is measured.
        clock: the rates.
    """

    clips: pd.DataFrame
    features: ShardReader
    clip_audio: ShardReader
    generate: GenerateConfig
    measure: MeasureConfig
    clock: Clock

    @classmethod
    def of(
        cls, manifest: pd.DataFrame, stores: Mapping[str, ShardReader], values: Mapping[str, Any], clock: Clock
    ) -> Self:
        """A test from parameters.

        Args:
            manifest: of the corpus.
            stores: "visual_features" and "clip_audio".
            values: "clips", of `ChooseConfig`; "generate"; "measure".
            clock: the rates.

        Returns:
            The test.
        """
        clips = choose_clips(manifest, ChooseConfig.parse(values["clips"]))
        generate = GenerateConfig.parse(values["generate"])
        measure = EvaluationConfig.parse(values["measure"]).measured()
        return cls(clips, stores["visual_features"], stores["clip_audio"], generate, measure, clock)

    def truth(self) -> list[np.ndarray]:
        """The clips' own sound."""
        return list(waves_of(self.clip_audio, list(self.clips["clip_id"])))


def run_ablation(
    config: AblationConfig, context: AblationContext, test: EvaluationSetup
) -> tuple[EvaluationResult, pd.DataFrame]:
    """Trains and measures every row; what a killed run had finished costs nothing.

    Args:
        config: the rows.
        context: how they are trained.
        test: what they are tested on.

    Returns:
        The scores of all rows and controls, whose intervals are of the same draws of clips, and the stages' validation
        losses, a row a row and stage.
    """
    truth = test.truth()
    measurer = Measurer(truth, test.clips, test.measure, test.clock, context.shared)
    results, losses = [], []
    for number, (name, row) in enumerate(config.rows.items(), 1):
        log.info("Ablation %d of %d: %s", number, len(config.rows), name)
        with child_run("row", row.model_dump(mode="json"), {VARIANT: name}):
            models, trained = train_row(row, config, context)
            found = [{"row": name, "stage": stage, **result.metrics} for stage, result in trained.items()]
            waves, samples = _generated(name, row, models, context.folder / GENERATED / slug(name), test)
            result, _ = measurer.measure(waves, samples)
            log_metrics(_of_run(result, name) | _losses(found))
        results.append(result)
        losses += found
    tempi, sources = test.clips["tempo_bpm"].astype(float).tolist(), list(test.clips["source_id"])
    controls = control_systems(truth, test.clock.sample_rate_hz, tempi, test.measure.seed, sources)
    results.append(measurer.measure(controls)[0])
    return together(results), pd.DataFrame(losses)


def _generated(
    name: str, row: AblationRow, models: Path, folder: Path, test: EvaluationSetup
) -> tuple[dict[str, list[np.ndarray]], dict[str, str]]:
    """Waves of a row's systems under the names that the tables show, and which are further samples of what."""
    systems = tuple(SUFFIXES) if row.text else (MODEL,)
    composer = test.generate.composer.model_copy(update={"path": row.path})
    config = test.generate.model_copy(update={"systems": systems, "composer": composer})
    reader = ShardReader(generate_clips(test.clips, test.features, models, config, folder))
    called = {system: name + SUFFIXES[system] for system in systems}
    return read_samples(reader, list(test.clips["clip_id"]), called)


def _of_run(result: EvaluationResult, name: str) -> dict[str, float]:
    """Numbers under the keys that other runs report them by, so that rows can be compared with any run."""
    numbers = flat(result)
    return {
        system + key.removeprefix(name + suffix): value
        for system, suffix in SUFFIXES.items()
        for key, value in numbers.items()
        if key.startswith(f"{name}{suffix}/")
    }


def _losses(found: list[dict[str, object]]) -> dict[str, float]:
    return {f"{row['stage']}/{key}": value for row in found for key, value in row.items() if isinstance(value, float)}
