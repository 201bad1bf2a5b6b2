"""Scores of all systems of a diagnosis, with the baseline "rules", ground truth and random shuffle beside them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_embeddings import AudioEmbeddings, EmbeddedSystems, EmbeddingCache
from v2meow_pipeline.evaluation.audio_sets import stored_audio
from v2meow_pipeline.evaluation.baselines.render_baselines import RULES
from v2meow_pipeline.evaluation.clip_lengths import clip_lengths
from v2meow_pipeline.evaluation.controls import random_shuffle
from v2meow_pipeline.evaluation.diagnosis.config import DiagnoseConfig, DiagnosedModels
from v2meow_pipeline.evaluation.diagnosis.systems import systems_of
from v2meow_pipeline.evaluation.genre_judge import embed_genre_training
from v2meow_pipeline.evaluation.measure import embed_reference, embedders_of, marked, measure
from v2meow_pipeline.evaluation.resynthesis import RESYNTHESIS
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.summary import FLOOR
from v2meow_pipeline.metrics.two_sample import FEWEST_GROUPS, two_sample_auc, two_sample_floor
from v2meow_pipeline.parallel import one_pool

TWO_SAMPLE, TO_CODEC = "two_sample_auc_", "two_sample_auc_to_codec_"
FEWEST_FOR_HALVES = 2 * FEWEST_GROUPS


@one_pool()
def score_systems(
    clips: pd.DataFrame,
    judged: pd.DataFrame,
    clip_audio: ShardReader,
    generated: ShardReader,
    models: DiagnosedModels,
    config: DiagnoseConfig,
) -> EvaluationResult:
    """Scores every system as in the evaluation, and adds the two-sample test.

    Args:
        clips: rows of the manifest.
        judged: clips whose audio the genre judge is trained on, `genre_judge.judge_clips`; no genre scores without any.
        clip_audio: real audio of all clips.
        generated: store written by `generate_systems`.
        models: diagnosed models; their tokenizers are used for the loop metrics.
        config: metrics and networks.

    Returns:
        Scores by clip, and over all clips with intervals.
    """
    clip_ids, bundle, measured = clips["clip_id"].tolist(), models.load(), config.measured()
    clock, systems = bundle.clock, systems_of({name: stage.sees_video for name, stage in bundle.stages.items()})
    names = [*(system.name for system in systems), RULES]
    truth, lengths = stored_audio(clip_audio, clip_ids), clip_lengths(clips, clock)
    audio = {
        GROUND_TRUTH: truth,
        **{name: stored_audio(generated, clip_ids, name) for name in names},
        **random_shuffle(truth, config.seed, clips["source_id"].tolist()),
    }
    trimmed = {name: of_system.trimmed(lengths) for name, of_system in audio.items()}
    embedders, cache = embedders_of(measured, clock, models.folder), EmbeddingCache(config.metrics.workers)
    reference = embed_reference(trimmed[GROUND_TRUTH], clips, embedders, measured, cache)
    embedded = cache.embed(trimmed, embedders)
    training = None
    if len(judged):
        sound = stored_audio(clip_audio, judged["clip_id"].tolist()).trimmed(clip_lengths(judged, clock))
        training = embed_genre_training(sound, judged["genre"].tolist(), embedders, cache)
    result = measure(embedded, reference, measured, genre_training=training)
    made = {name: embedded[name] for name in names}
    two_sample, notes = two_sample_rows(made, reference.embeddings, clips["source_id"].tolist(), config)
    result.summary.extend(two_sample)
    result.notes.extend(notes)
    return result


def two_sample_rows(
    made: EmbeddedSystems, truth: Sequence[AudioEmbeddings], sources: Sequence[str], config: DiagnoseConfig
) -> tuple[list[SummaryRow], list[str]]:
    """Two-sample test of each system by each judge, and of real against real clips.

    If the classifier easily separates the codec's output from real audio, it separates every system. Therefore each
    system is also compared with the codec resynthesis of the ground truth, which isolates errors of the tokens.

    Args:
        made: system -> embeddings of each clip; must include the codec resynthesis.
        truth: embeddings of the real audio.
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
        real, frames = _frames(truth, judge), {name: _frames(clips, judge) for name, clips in made.items()}
        for prefix, others in ((TWO_SAMPLE, real), (TO_CODEC, frames[RESYNTHESIS])):
            key = prefix + marked(judge)
            for name, of_system in frames.items():
                if of_system is not others:
                    rows.append(SummaryRow(name, key, *two_sample_auc(others, of_system, *how)))
        if groups >= FEWEST_FOR_HALVES:
            floor = two_sample_floor(real, sources, config.seed, config.two_sample, config.metrics.confidence)
            rows.append(SummaryRow(FLOOR, TWO_SAMPLE + marked(judge), *floor))
    return rows, []


def _frames(clips: Sequence[AudioEmbeddings], judge: str) -> list[np.ndarray]:
    return [clip.frames[judge] for clip in clips]
