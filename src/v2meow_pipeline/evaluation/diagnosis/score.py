"""Scores of all systems of a diagnosis, with ground truth and random shuffle as controls."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_embeddings import EmbeddingCache
from v2meow_pipeline.evaluation.clip_lengths import ClipTrimmer
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig, DiagnosedModels
from v2meow_pipeline.evaluation.diagnosis.stage_bits import StageBits, bits_rows
from v2meow_pipeline.evaluation.diagnosis.systems import systems_of
from v2meow_pipeline.evaluation.evaluate import RESYNTHESIS
from v2meow_pipeline.evaluation.measure import Measurer, Systems, marked
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, RANDOM_SHUFFLE, can_shuffle, derangement
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.summary import FLOOR
from v2meow_pipeline.metrics.two_sample import FEWEST_GROUPS, two_sample_auc, two_sample_floor

TWO_SAMPLE, TO_CODEC = "two_sample_auc_", "two_sample_auc_to_codec_"
FEWEST_FOR_HALVES = 2 * FEWEST_GROUPS


def score_systems(
    clips: pd.DataFrame,
    clip_audio: ShardReader,
    generated: ShardReader,
    bits: Mapping[str, StageBits],
    models: DiagnosedModels,
    config: DiagnoseConfig,
) -> EvaluationResult:
    """Scores every system as in the evaluation, and adds the two-sample test and the bits per second of the stages.

    Args:
        clips: rows of the manifest.
        clip_audio: ground truth.
        generated: store written by `generate_systems`.
        bits: stream -> bits per second of the stage that generates it, in the order of the path.
        models: diagnosed models; their tokenizers are used for the loop metrics.
        config: metrics and networks.

    Returns:
        Scores by clip, and over all clips with intervals.
    """
    clip_ids, clock = clips["clip_id"].tolist(), models.load().clock
    systems = systems_of({stream: of_stage.sees_video for stream, of_stage in bits.items()})
    trimmer, whole = ClipTrimmer(clips, clock), list(waves_of(clip_audio, clip_ids))
    made = {system.name: trimmer.cut(list(waves_of(generated, clip_ids, system.name))) for system in systems}
    truth = trimmer.cut(whole)
    measurer = Measurer(truth, clips, config.measured(), clock, models.folder)
    shuffled = {name: trimmer.cut(waves) for name, waves in _shuffled(whole, clips, config.seed).items()}
    result, cache = measurer.measure({GROUND_TRUTH: truth, **made, **shuffled})
    two_sample, notes = two_sample_rows(cache, truth, made, clips["source_id"].tolist(), config)
    result.summary.extend([*two_sample, *bits_rows(systems, bits, config.seed, config.metrics)])
    result.notes.extend(notes)
    return result


def two_sample_rows(
    cache: EmbeddingCache, truth: Sequence[np.ndarray], made: Systems, sources: Sequence[str], config: DiagnoseConfig
) -> tuple[list[SummaryRow], list[str]]:
    """Two-sample test of each system by each judge, and of real against real clips.

    If the classifier easily separates the codec's output from real audio, it separates every system. Therefore each
    system is also compared with the codec resynthesis of the ground truth, which isolates errors of the tokens.

    Args:
        cache: network outputs of all waves.
        truth: real waves.
        made: system -> waves in the order of `truth`; must include the codec resynthesis.
        sources: source video of each clip; clips of one video share a fold.
        config: judges, and settings of classifier and intervals.

    Returns:
        Rows of `two_sample_auc_<judge>` and `two_sample_auc_to_codec_<judge>`, and notes on tests that were skipped.
    """
    rows, groups = list[SummaryRow](), len(set(sources))
    if groups < FEWEST_GROUPS:
        return rows, [f"clips of {groups} video cannot be divided into folds, so there is no two-sample test"]
    how = (sources, config.seed, config.two_sample, config.metrics.replicates, config.metrics.confidence)
    for judge in config.judges:
        real, frames = _frames(cache, truth, judge), {n: _frames(cache, made[n], judge) for n in made}
        for prefix, others in ((TWO_SAMPLE, real), (TO_CODEC, frames[RESYNTHESIS])):
            key = prefix + marked(judge)
            for name, of_system in frames.items():
                if of_system is not others:
                    rows.append(SummaryRow(name, key, *two_sample_auc(others, of_system, *how)))
        if groups >= FEWEST_FOR_HALVES:
            floor = two_sample_floor(real, sources, config.seed, config.two_sample, config.metrics.confidence)
            rows.append(SummaryRow(FLOOR, TWO_SAMPLE + marked(judge), *floor))
    return rows, []


def _frames(cache: EmbeddingCache, waves: Sequence[np.ndarray], judge: str) -> list[np.ndarray]:
    return [cache.of(wave).frames[judge] for wave in waves]


def _shuffled(whole: Sequence[np.ndarray], clips: pd.DataFrame, seed: int) -> Systems:
    """Random shuffle control; empty if no derangement exists."""
    sources = clips["source_id"].tolist()
    if not can_shuffle(len(whole), sources):
        return {}
    return {RANDOM_SHUFFLE: [whole[other] for other in derangement(len(whole), seed, sources)]}
