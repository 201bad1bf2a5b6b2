"""Measurement of systems' audio by all configured metrics and networks, for our own and for other systems."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.config import Config
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.encoders.registry import judge_weights
from v2meow_pipeline.evaluation.audio_embeddings import TAGGER, EmbedderSet, EmbeddingCache, embed_captions
from v2meow_pipeline.evaluation.fidelity import fidelity_columns, require_visqol
from v2meow_pipeline.evaluation.genre_judge import GenreJudge, TrueSound
from v2meow_pipeline.evaluation.motion_events import watch_clips
from v2meow_pipeline.evaluation.set_metrics import diversity_of_seeds, diversity_rows
from v2meow_pipeline.metrics import consistency, kld
from v2meow_pipeline.metrics.evaluate import Columns, evaluate
from v2meow_pipeline.metrics.repetition import longest_loop, repeated_share
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.metrics.samples import ONE_SAMPLE, Samples
from v2meow_pipeline.metrics.summary import EvaluateConfig

Systems = Mapping[str, Sequence[np.ndarray]]
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
    metrics: EvaluateConfig = Field(default_factory=EvaluateConfig)


class Measurer:
    """Measures systems against one ground truth, whose embeddings and video events are computed only once."""

    def __init__(
        self,
        truth: Sequence[np.ndarray],
        facts: pd.DataFrame,
        config: MeasureConfig,
        clock: Clock,
        models: Path | None = None,
        genres: TrueSound | None = None,
    ) -> None:
        """Embeds the ground truth and detects the events of the videos.

        Args:
            truth: ground-truth waves at the clock's sample rate, in the order of `facts`.
            facts: one row per clip with columns of the manifest: clip_id, source_id, tempo_bpm (NaN if unknown),
                caption and genre (empty if unknown), path of the video (empty without video), start_s, end_s;
                optionally split, to summarise each split separately, and `genre_judge.PROMPTED`.
            config: metrics and networks.
            clock: sample and frame rates.
            models: directory of trained models, for music-text spaces and tokens; None leaves these out.
            genres: training data of the genre judge; None leaves the genre scores out.

        Raises:
            ConfigError: for an unknown judge, or for fidelity without ViSQOL.
            MissingModelError: if the weights of a judge are missing; raised before any audio is processed.
        """
        if config.fidelity:
            require_visqol()
        self._weights = {name: judge_weights(name) for name in config.judges}
        self._truth, self._facts, self._config, self._clock = truth, facts, config, clock
        self._embedders = _embedders(config, clock, models)
        self._known = EmbeddingCache(truth, self._embedders, config.metrics.workers)
        self._genres = GenreJudge(genres, self._embedders, config.metrics.workers) if genres and config.judges else None
        self._pictures = watch_clips(facts, clock, config.metrics.workers) if config.pictures else None

    def measure(self, systems: Systems, samples: Samples = ONE_SAMPLE) -> tuple[EvaluationResult, EmbeddingCache]:
        """Scores systems; all calls share the bootstrap resamples of clips, so differences between systems are paired.

        Args:
            systems: name -> waves at the clock's sample rate, in the order of the clips.
            samples: additional sample in `systems` -> its system; the score of a clip is the mean over its samples.

        Returns:
            Scores by clip, and over all clips with intervals; and the network outputs of all waves.
        """
        config, embedders, truth = self._config, self._embedders, self._truth
        waves = [wave for of_system in systems.values() for wave in of_system]
        cache = EmbeddingCache(waves, embedders, config.metrics.workers, self._known)
        columns = {
            **_tag_columns(cache, systems, truth, embedders),
            **_space_columns(cache, systems, truth, self._facts, embedders),
            **_token_columns(cache, systems, embedders),
            **diversity_of_seeds(cache, systems, samples, config.judges),
        }
        if config.fidelity:
            columns |= fidelity_columns(systems, truth, self._clock.sample_rate_hz, config.metrics.workers)
        if self._genres:
            columns |= self._genres.columns(
                cache, systems, self._facts, {name: marked(name) for name in embedders.judges}
            )
        judges = {marked(name): _frames(cache, name, systems, truth) for name in config.judges}
        clip_ids, tempi = list(self._facts["clip_id"]), self._facts["tempo_bpm"].astype(float).tolist()
        settings = (self._clock, config.seed, config.metrics, self._pictures, columns, samples, self._splits())
        result = evaluate(systems, truth, clip_ids, tempi, judges, *settings)
        result.summary.extend(diversity_rows(cache, systems, samples, config.judges))
        for split, rows in result.by_split.items():
            indices = np.flatnonzero(self._facts["split"] == split).tolist()
            of_split = {name: [waves[index] for index in indices] for name, waves in systems.items()}
            rows.extend(diversity_rows(cache, of_split, samples, config.judges))
        result.notes.extend(f"{marked(name)}: weights {weights}" for name, weights in self._weights.items() if weights)
        return result, cache

    def _splits(self) -> list[str] | None:
        return self._facts["split"].tolist() if "split" in self._facts else None


def marked(network: str) -> str:
    """Name of a network in metric keys; networks that also condition our models get the suffix `MARK`."""
    return network + MARK if network in CONDITIONERS else network


def _embedders(config: MeasureConfig, clock: Clock, models: Path | None) -> EmbedderSet:
    spaces = {name: models / name for name in config.spaces} if models else {}
    tokenizers = (
        {name: models / f"{name}_tokenizer" for name in (SEMANTIC, ACOUSTIC)} if models and config.tokens else {}
    )
    return EmbedderSet(clock, config.judges, config.tags, spaces, tokenizers)


def _frames(
    cache: EmbeddingCache, judge: str, systems: Systems, truth: Sequence[np.ndarray]
) -> dict[str, list[np.ndarray]]:
    every = {"reference": truth, **systems}
    return {name: [cache.of(wave).frames[judge] for wave in waves] for name, waves in every.items()}


def _tag_columns(
    cache: EmbeddingCache, systems: Systems, truth: Sequence[np.ndarray], embedders: EmbedderSet
) -> Columns:
    if not embedders.tags:
        return {}
    return _columns(
        {
            name: [
                kld.evaluate(cache.of(real).tags, cache.of(wave).tags, marked(TAGGER))
                for real, wave in zip(truth, waves, strict=True)
            ]
            for name, waves in systems.items()
        }
    )


def _space_columns(
    cache: EmbeddingCache, systems: Systems, truth: Sequence[np.ndarray], facts: pd.DataFrame, embedders: EmbedderSet
) -> Columns:
    """Cycle consistency with the reference audio, and with captions if all clips have one."""
    columns: dict[str, Mapping[str, Sequence[float]]] = {}
    captions = facts["caption"].fillna("").tolist()
    for space, folder in embedders.spaces.items():
        texts = embed_captions(captions, folder) if all(captions) else [None] * len(captions)

        def agree(wave: np.ndarray, real: np.ndarray, text: np.ndarray | None, space: str = space) -> dict[str, float]:
            made, true = (cache.of(one).places[space] for one in (wave, real))
            return consistency.evaluate(made, space, true, text, space in CONDITIONERS)

        columns |= _columns({name: list(map(agree, waves, truth, texts)) for name, waves in systems.items()})
    return columns


def _token_columns(cache: EmbeddingCache, systems: Systems, embedders: EmbedderSet) -> Columns:
    """Share of each clip in its longest loop, and share of repeated n-grams of tokens."""
    if not embedders.tokenizers:
        return {}
    return _columns({name: [_repeats(cache.of(wave).tokens) for wave in waves] for name, waves in systems.items()})


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
