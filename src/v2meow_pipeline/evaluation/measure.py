"""Measurement of systems' audio by all configured metrics and networks, for our own and for other systems.

An evaluation is a sequence of functions of data: audio sets are built (`audio_sets`), embedded (`embed_reference`,
`EmbeddingCache.embed`), and scored and summarised (`measure`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.encoders.registry import judge_weights
from v2meow_pipeline.evaluation.audio_embeddings import (
    TAGGER,
    AudioEmbeddings,
    EmbeddedSystems,
    EmbedderSet,
    EmbeddingCache,
    embed_captions,
    features_of,
)
from v2meow_pipeline.evaluation.audio_sets import AudioSet, Systems
from v2meow_pipeline.evaluation.fidelity import fidelity_columns, require_visqol
from v2meow_pipeline.evaluation.genre_judge import GenreTraining, genre_columns
from v2meow_pipeline.evaluation.motion_events import detect_events_of_clips
from v2meow_pipeline.evaluation.set_metrics import diversity_of_seeds, diversity_rows
from v2meow_pipeline.metrics import consistency, kld
from v2meow_pipeline.metrics.by_clip import Columns, add_columns, score_clips
from v2meow_pipeline.metrics.judges import Embedded, add_frechet_distances, require_frames
from v2meow_pipeline.metrics.picture import Picture
from v2meow_pipeline.metrics.repetition import longest_loop, repeated_share
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples
from v2meow_pipeline.metrics.summary import MetricsConfig, summarise
from v2meow_pipeline.parallel import one_pool

# Networks that also condition our models: their scores are optimistic, so their metric keys are marked.
CONDITIONERS = (TAGGER, "music_text")
MARK = "_conditioner"


class MeasureConfig(Config):
    """Settings of the measured metrics and networks.

    Attributes:
        judges: embedding networks for FAD, by their names in `encoders.registry.build_judge`.
        tags: whether KLD of tag probabilities is computed.
        spaces: names of model directories with music-text spaces, for cycle consistency (MCC).
        tokens: whether loops and repeated n-grams of tokens are computed; needs models.
        pictures: whether beats and loudness are compared with cuts and motion of the video.
        fidelity: whether each wave is compared with the ground truth as a reconstruction, for codecs; ViSQOL takes
            seconds per clip.
        seed: seeds the shuffle and the bootstrap resampling.
        metrics: settings of the intervals.
    """

    judges: tuple[str, ...] = ("speech_embedding",)
    tags: bool = True
    spaces: tuple[str, ...] = ("music_text",)
    tokens: bool = True
    pictures: bool = True
    fidelity: bool = False
    seed: int = 0
    metrics: MetricsConfig = Field(default_factory=MetricsConfig)


class ReferenceClips(NamedTuple):
    """The evaluated clips: their ground truth, and what is known of them beside their audio.

    Attributes:
        facts: one row per clip with columns of the manifest: clip_id, source_id, tempo_bpm (NaN if unknown), caption
            and genre (empty if unknown), path of the video (empty without video), start_s, end_s; optionally split, to
            summarise each split separately, and `genre_judge.PROMPTED`.
        embeddings: embeddings of the ground truth.
        captions: music-text space -> embeddings of the captions, [clip, width]; empty unless all clips have one.
        pictures: cuts and motion of each clip's video, None for a clip without one; None leaves their metrics out.
    """

    facts: pd.DataFrame
    embeddings: Sequence[AudioEmbeddings]
    captions: Mapping[str, np.ndarray]
    pictures: Sequence[Picture | None] | None


def embedders_of(config: MeasureConfig, clock: Clock, models: Path | None = None) -> EmbedderSet:
    """Networks that the configured metrics need.

    Args:
        config: metrics and networks.
        clock: sample rate of the audio.
        models: directory of trained models, for music-text spaces and tokens; None leaves these out.

    Returns:
        The networks.

    Raises:
        ConfigError: for an unknown judge, or for fidelity without ViSQOL.
        MissingModelError: if the weights of a judge are missing.
    """
    if config.fidelity:
        require_visqol()
    for name in config.judges:
        judge_weights(name)
    spaces = {name: models / name for name in config.spaces} if models else {}
    tokenizers = (
        {name: models / f"{name}_tokenizer" for name in (SEMANTIC, ACOUSTIC)} if models and config.tokens else {}
    )
    return EmbedderSet(clock, True, config.judges, config.tags, spaces, tokenizers)


def embed_reference(
    truth: AudioSet, facts: pd.DataFrame, embedders: EmbedderSet, config: MeasureConfig, cache: EmbeddingCache
) -> ReferenceClips:
    """Embeds the ground truth and detects the events of the videos.

    Args:
        truth: audio of the ground truth.
        facts: one row per clip, see `ReferenceClips`.
        embedders: networks, see `embedders_of`.
        config: metrics and networks.
        cache: cache of embeddings.

    Returns:
        The evaluated clips.
    """
    (embeddings,) = cache.embed({"reference": truth}, embedders).values()
    captions = facts["caption"].fillna("").tolist()
    spaces = embedders.spaces.items() if all(captions) else ()
    pictures = detect_events_of_clips(facts, embedders.clock, config.metrics.workers) if config.pictures else None
    return ReferenceClips(
        facts, embeddings, {name: embed_captions(captions, folder) for name, folder in spaces}, pictures
    )


def measure(
    systems: EmbeddedSystems,
    clips: ReferenceClips,
    config: MeasureConfig,
    samples: Samples = ONE_SAMPLE,
    genre_training: GenreTraining | None = None,
    columns: Columns | None = None,
) -> EvaluationResult:
    """Scores and summarises systems.

    Calls with equal clips and seed share the bootstrap resamples of clips, so differences between systems are paired.

    Args:
        systems: name -> embeddings of each clip.
        clips: the evaluated clips, embedded by the same networks.
        config: metrics and networks.
        samples: additional sample in `systems` -> its system; the score of a clip is the mean over its samples.
        genre_training: training data of the genre judge; None leaves the genre scores out.
        columns: further per-clip scores, such as `fidelity.fidelity_columns`.

    Returns:
        Scores by clip, and over all clips with intervals.
    """
    facts, reference = clips.facts, clips.embeddings
    clip_ids, tempi = list(facts["clip_id"]), facts["tempo_bpm"].astype(float).tolist()
    features = {name: features_of(embedded) for name, embedded in systems.items()}
    rows = score_clips(features, features_of(reference), clip_ids, tempi, clips.pictures)
    add_columns(rows, {**_columns_of_embeddings(systems, clips, samples, config), **(columns or {})})
    if genre_training and config.judges:
        names = {name: marked(name) for name in config.judges}
        add_columns(rows, genre_columns(systems, genre_training, facts, names))
    embedded = {marked(judge): _frames(judge, systems, reference, clip_ids) for judge in config.judges}
    for judge, frames in embedded.items():
        add_frechet_distances(rows, judge, frames)
    splits = facts["split"].tolist() if "split" in facts else None
    result = summarise(rows, embedded, config.seed, config.metrics, samples, splits)
    result.summary.extend(diversity_rows(systems, samples, config.judges))
    for split, of_split in result.by_split.items():
        indices = np.flatnonzero(facts["split"] == split).tolist()
        part = {name: [embeddings[index] for index in indices] for name, embeddings in systems.items()}
        of_split.extend(diversity_rows(part, samples, config.judges))
    weights = {name: judge_weights(name) for name in config.judges}
    result.notes.extend(f"{marked(name)}: weights {value}" for name, value in weights.items() if value)
    return result


@one_pool()
def measure_audio(
    systems: Systems,
    truth: AudioSet,
    facts: pd.DataFrame,
    config: MeasureConfig,
    clock: Clock,
    models: Path | None = None,
) -> EvaluationResult:
    """Embeds, scores and summarises systems with one sample per clip.

    Args:
        systems: name -> audio.
        truth: audio of the ground truth.
        facts: one row per clip, see `ReferenceClips`.
        config: metrics and networks.
        clock: sample and frame rates.
        models: directory of trained models, see `embedders_of`.

    Returns:
        Scores by clip, and over all clips with intervals.
    """
    embedders, cache = embedders_of(config, clock, models), EmbeddingCache(config.metrics.workers)
    clips = embed_reference(truth, facts, embedders, config, cache)
    fidelity: Columns = {}
    if config.fidelity:
        fidelity = fidelity_columns(systems, truth, clock.sample_rate_hz, config.metrics.workers)
    return measure(cache.embed(systems, embedders), clips, config, columns=fidelity)


def marked(network: str) -> str:
    """Name of a network in metric keys; networks that also condition our models get the suffix `MARK`."""
    return network + MARK if network in CONDITIONERS else network


def _frames(
    judge: str, systems: EmbeddedSystems, reference: Sequence[AudioEmbeddings], clip_ids: Sequence[str]
) -> Embedded:
    of_systems = {name: [clip.frames[judge] for clip in clips] for name, clips in systems.items()}
    return require_frames(marked(judge), of_systems, [clip.frames[judge] for clip in reference], clip_ids)


def _columns_of_embeddings(
    systems: EmbeddedSystems, clips: ReferenceClips, samples: Samples, config: MeasureConfig
) -> Columns:
    """Tag divergence, cycle consistency, repetition of tokens, and diversity between samples."""
    columns: dict[str, Mapping[str, Sequence[float]]] = {}
    first = clips.embeddings[0]
    if first.tags.size:
        columns |= _tag_columns(systems, clips.embeddings)
    for space in first.music_text:
        columns |= _space_columns(space, systems, clips)
    if first.tokens:
        columns |= _columns({name: [_repeats(clip.tokens) for clip in made] for name, made in systems.items()})
    return {**columns, **diversity_of_seeds(systems, samples, config.judges)}


def _tag_columns(systems: EmbeddedSystems, reference: Sequence[AudioEmbeddings]) -> Columns:
    return _columns(
        {
            name: [
                kld.tag_divergences(real.tags, clip.tags, marked(TAGGER))
                for real, clip in zip(reference, made, strict=True)
            ]
            for name, made in systems.items()
        }
    )


def _space_columns(space: str, systems: EmbeddedSystems, clips: ReferenceClips) -> Columns:
    """Cycle consistency with the reference audio, and with captions if all clips have one."""
    texts = clips.captions.get(space, [None] * len(clips.embeddings))

    def agree(made: AudioEmbeddings, real: AudioEmbeddings, text: np.ndarray | None) -> dict[str, float]:
        return consistency.consistency_scores(
            made.music_text[space], space, real.music_text[space], text, space in CONDITIONERS
        )

    return _columns({name: list(map(agree, made, clips.embeddings, texts)) for name, made in systems.items()})


def _repeats(tokens: Mapping[str, np.ndarray]) -> dict[str, float]:
    semantic = tokens[SEMANTIC]
    return {
        "loop_share_semantic": longest_loop(semantic).share,
        "repeated_share_semantic": repeated_share(semantic),
    }


def _columns(scores: Mapping[str, Sequence[Mapping[str, float]]]) -> dict[str, dict[str, list[float]]]:
    """Transposes scores by system and clip to metric -> system -> scores."""
    keys = next(iter(scores.values()))[0]
    return {key: {name: [of_clip[key] for of_clip in clips] for name, clips in scores.items()} for key in keys}
