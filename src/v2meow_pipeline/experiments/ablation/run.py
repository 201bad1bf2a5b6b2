"""Runs an ablation: trains, generates and evaluates each row, with one MLflow child run per row."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, Self

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_embeddings import EmbeddingCache
from v2meow_pipeline.evaluation.audio_sets import AudioSet, stored_audio
from v2meow_pipeline.evaluation.controls import control_systems
from v2meow_pipeline.evaluation.evaluation_config import EvaluationConfig
from v2meow_pipeline.evaluation.evaluation_subset import ChooseConfig, choose_clips
from v2meow_pipeline.evaluation.generate import MODEL, GenerateConfig, generate_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig, embed_reference, embedders_of, measure
from v2meow_pipeline.evaluation.samples import read_samples
from v2meow_pipeline.experiments.ablation.config import SUFFIXES, AblationConfig, AblationRow
from v2meow_pipeline.experiments.ablation.models import AblationContext, slug, train_row
from v2meow_pipeline.jobs.stage_inputs import StageInputs
from v2meow_pipeline.metrics.result import EvaluationResult, merge_results
from v2meow_pipeline.metrics.table import flat
from v2meow_pipeline.tracking.runs import VARIANT, child_run, log_metrics

log = logging.getLogger(__name__)

GENERATED = "generated"


class EvaluationSetup(NamedTuple):
    """Evaluation settings shared by all rows.

    Attributes:
        clips: manifest rows of the evaluated clips.
        features: visual features of the corpus.
        clip_audio: audio of the corpus.
        generate: generation configuration: sampling and seed.
        measure: selection and settings of metrics.
        clock: rates of all streams.
    """

    clips: pd.DataFrame
    features: ShardReader
    clip_audio: ShardReader
    generate: GenerateConfig
    measure: MeasureConfig
    clock: Clock

    @classmethod
    def of(cls, inputs: StageInputs, clip_audio: ShardReader, values: Mapping[str, Any]) -> Self:
        """Builds the evaluation settings from parameters.

        Args:
            inputs: data of the stages: manifest, visual features and clock.
            clip_audio: audio of the corpus.
            values: values of `ChooseConfig` as "clips", of `GenerateConfig` as "generate", and of `EvaluationConfig` as
                "measure".

        Returns:
            Evaluation settings.
        """
        clips = choose_clips(inputs.manifest, ChooseConfig.parse(values["clips"]))
        generate = GenerateConfig.parse(values["generate"])
        measure = EvaluationConfig.parse(values["measure"]).measured()
        return cls(clips, inputs.visual_features, clip_audio, generate, measure, inputs.clock)

    def truth(self) -> AudioSet:
        """Reference audio of the clips."""
        return stored_audio(self.clip_audio, list(self.clips["clip_id"]))


def run_ablation(
    config: AblationConfig, context: AblationContext, test: EvaluationSetup
) -> tuple[EvaluationResult, pd.DataFrame]:
    """Trains and evaluates every row; finished work of an interrupted run is reused.

    Args:
        config: ablation configuration with the rows.
        context: training settings shared by all rows.
        test: evaluation settings shared by all rows.

    Returns:
        Scores of all rows and control systems, with intervals from the same bootstrap samples of clips; and validation
        losses, one row per ablation row and stage.
    """
    truth = test.truth()
    embedders, cache = (
        embedders_of(test.measure, test.clock, context.models.root),
        EmbeddingCache(test.measure.metrics.workers),
    )
    reference = embed_reference(truth, test.clips, embedders, test.measure, cache)
    results, losses = [], []
    for number, (name, row) in enumerate(config.rows.items(), 1):
        log.info("Ablation %d of %d: %s", number, len(config.rows), name)
        with child_run("row", row.model_dump(mode="json"), {VARIANT: name}):
            models, trained = train_row(row, config, context)
            found = [{"row": name, "stage": stage, **result.metrics} for stage, result in trained.items()]
            systems, samples = _generate(name, row, models, context.folder / GENERATED / slug(name), test)
            result = measure(cache.embed(systems, embedders), reference, test.measure, samples)
            log_metrics(_run_metrics(result, name) | _losses(found))
        results.append(result)
        losses += found
    tempi, sources = test.clips["tempo_bpm"].astype(float).tolist(), list(test.clips["source_id"])
    controls = control_systems(truth, test.clock.sample_rate_hz, tempi, test.measure.seed, sources)
    results.append(measure(cache.embed(controls, embedders), reference, test.measure))
    return merge_results(results), pd.DataFrame(losses)


def _generate(
    name: str, row: AblationRow, models: Path, folder: Path, test: EvaluationSetup
) -> tuple[dict[str, AudioSet], dict[str, str]]:
    """Generates the music of a row: audio by table name, and the map of additional samples to their system."""
    systems = tuple(SUFFIXES) if row.text else (MODEL,)
    composer = test.generate.composer.model_copy(update={"path": row.path})
    config = test.generate.model_copy(update={"systems": systems, "composer": composer})
    reader = ShardReader(generate_clips(test.clips, test.features, models, config, folder))
    table_names = {system: name + SUFFIXES[system] for system in systems}
    return read_samples(reader, list(test.clips["clip_id"]), table_names)


def _run_metrics(result: EvaluationResult, name: str) -> dict[str, float]:
    """Metrics of a row under the keys used by other runs, so that rows can be compared with any run."""
    numbers = flat(result)
    return {
        system + key.removeprefix(name + suffix): value
        for system, suffix in SUFFIXES.items()
        for key, value in numbers.items()
        if key.startswith(f"{name}{suffix}/")
    }


def _losses(found: list[dict[str, object]]) -> dict[str, float]:
    return {f"{row['stage']}/{key}": value for row in found for key, value in row.items() if isinstance(value, float)}
