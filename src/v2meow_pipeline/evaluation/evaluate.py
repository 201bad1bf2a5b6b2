"""Evaluation of the model's variants, baselines and controls on the evaluation clips."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.clip_audio import waves_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_embeddings import EmbeddingCache
from v2meow_pipeline.evaluation.baselines.render_baselines import RULES, Baseline, play_baselines
from v2meow_pipeline.evaluation.clip_lengths import ClipTrimmer
from v2meow_pipeline.evaluation.generate import GENRE_PROMPT, SYSTEMS
from v2meow_pipeline.evaluation.genre_judge import PROMPTED, TrueSound, judge_clips
from v2meow_pipeline.evaluation.measure import MeasureConfig, Measurer
from v2meow_pipeline.evaluation.prompts import other_genres
from v2meow_pipeline.evaluation.retrieval_controls import GENRE_PRIOR, NEAREST, borrowed_systems
from v2meow_pipeline.evaluation.samples import read_samples
from v2meow_pipeline.evaluation.set_metrics import memorisation_rows
from v2meow_pipeline.evaluation.visual_bias import LIFT_COLUMNS, GenreClassifier, bias_of, looks_of
from v2meow_pipeline.metrics.controls import GROUND_TRUTH, control_systems
from v2meow_pipeline.metrics.genre import FEWEST_GENRES
from v2meow_pipeline.metrics.result import EvaluationResult
from v2meow_pipeline.models.stages import MUSIC_TEXT
from v2meow_pipeline.progress import track
from v2meow_pipeline.tokenizers.codec import Codec
from v2meow_pipeline.tokenizers.registry import Decoder, load_codec

RESYNTHESIS = "codec_resynthesis"
UNTRAINED = f"no clip of this corpus was trained on, so {NEAREST}, {GENRE_PRIOR}, memorisation and bias are left out"


class EvaluationConfig(MeasureConfig):
    """Settings of the evaluation: compared systems and metrics.

    Attributes:
        model: evaluated model, "project" or "release"; read by jobs/release_evaluation.py.
        baselines: baselines that are evaluated on the same clips, see `evaluation.baselines`.
    """

    model: Literal["project", "release"] = "project"
    baselines: tuple[Baseline, ...] = (RULES,)

    def measured(self) -> MeasureConfig:
        """The metric settings alone, for comparisons with their own systems."""
        return MeasureConfig.parse(self.model_dump(exclude={"model", "baselines"}))


class Evaluated(NamedTuple):
    """Result of an evaluation.

    Attributes:
        result: scores by clip, and over all clips with intervals.
        lifts: lifts of looks and genres (see `metrics.bias`), one row per system, look and genre.
        systems: system or control -> waves of its first sample, trimmed to the clips' lengths, in the order of clips.
    """

    result: EvaluationResult
    lifts: pd.DataFrame
    systems: Mapping[str, Sequence[np.ndarray]]


def evaluate_systems(
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    stores: dict[str, ShardReader],
    codec: Path,
    config: EvaluationConfig,
    clock: Clock,
    baselines: Path,
    decoder: Decoder = "griffin_lim",
) -> Evaluated:
    """Scores the model with all its conditioning variants, the baselines, and the controls.

    Scores of a system with several samples are means over the samples (`metrics.samples`). Memorisation is computed
    only for clips of full length, bias only for the first samples, since its unit is the video.

    Args:
        clips: manifest rows of the clips for which music was generated.
        manifest: manifest of the corpus; two controls use the music of its training clips.
        stores: "clip_audio": ground truth; "tokens": its tokens, for the codec resynthesis, which is the upper bound of
            any model of these tokens; "visual_features"; "music_text"; and "generated": the output of
            `evaluation.generate.generate_clips`.
        codec: checkpoint of the acoustic tokenizer.
        config: compared systems and metrics.
        clock: sample rates and clip length.
        baselines: directory of the baselines' shards; shards of an interrupted run are reused.
        decoder: decoder of the codec; must be the same as in generation.

    Returns:
        Scores, lifts, and the evaluated waves.
    """
    clip_ids = list(clips["clip_id"])
    trimmer, training = ClipTrimmer(clips, clock), manifest[manifest["split"] == "train"]
    # Streamed audio-only clips have no visual features and no joint embedding.
    training = training[training["clip_id"].isin(stores["visual_features"].clip_ids)]
    made, samples = read_samples(stores["generated"], clip_ids, {name: name for name in SYSTEMS})
    rendered = play_baselines(config.baselines, clips, clock, config.seed, config.metrics.workers, baselines)
    whole = {
        **made,
        **{name: list(waves_of(reader, clip_ids)) for name, reader in rendered.items()},
        RESYNTHESIS: _resynthesis(stores["tokens"], load_codec(codec, clock, decoder), clip_ids),
        **borrowed_systems(clips, training, stores["visual_features"], stores["clip_audio"], config.seed),
        **_controls(clips, stores["clip_audio"], clock, config.seed),
    }
    systems = {name: trimmer.cut(waves) for name, waves in whole.items()}
    truth = systems[GROUND_TRUTH]
    facts = clips.assign(**{PROMPTED: list(other_genres(clips).values())}) if GENRE_PROMPT in made else clips
    genre_training = _true_sound(judge_clips(manifest), stores["clip_audio"])
    result, cache = Measurer(truth, facts, config, clock, codec.parent, genre_training).measure(systems, samples)
    selected = {name: waves for name, waves in systems.items() if name in made or name in (NEAREST, GROUND_TRUTH)}
    if training.empty:
        result.notes.append(UNTRAINED)
    elif config.tokens and trimmer.whole():
        of_whole = {name: [waves[index] for index in trimmer.whole()] for name, waves in selected.items()}
        known = training["clip_id"].tolist()
        result.summary.extend(memorisation_rows(cache, of_whole, stores["tokens"], known, config.seed, samples))
    first = {name: waves for name, waves in systems.items() if name not in samples}
    compared = {GROUND_TRUTH: truth, **{name: waves for name, waves in selected.items() if name in first}}
    return Evaluated(result, _bias(result, cache, compared, clips, training, stores, config), first)


def _controls(clips: pd.DataFrame, clip_audio: ShardReader, clock: Clock, seed: int) -> dict[str, list[np.ndarray]]:
    truth, tempi = list(waves_of(clip_audio, list(clips["clip_id"]))), clips["tempo_bpm"].astype(float).tolist()
    return control_systems(truth, clock.sample_rate_hz, tempi, seed, list(clips["source_id"]))


def _bias(
    result: EvaluationResult,
    cache: EmbeddingCache,
    systems: Mapping[str, Sequence[np.ndarray]],
    clips: pd.DataFrame,
    training: pd.DataFrame,
    stores: Mapping[str, ShardReader],
    config: MeasureConfig,
) -> pd.DataFrame:
    """Adds the association of looks and genres to the result, and returns the table of lifts."""
    classifier = GenreClassifier(training, stores["music_text"])
    if MUSIC_TEXT not in config.spaces or len(classifier.genres) < FEWEST_GENRES:
        return pd.DataFrame(columns=LIFT_COLUMNS)
    looks = looks_of(list(clips["clip_id"]), training["clip_id"].tolist(), stores["visual_features"], config.seed)
    embeddings = {name: [cache.of(wave).places[MUSIC_TEXT] for wave in waves] for name, waves in systems.items()}
    rows, lifts = bias_of(looks, embeddings, classifier, clips["genre"].fillna("").tolist(), config.seed)
    result.summary.extend(rows)
    return lifts


def _true_sound(clips: pd.DataFrame, clip_audio: ShardReader) -> TrueSound | None:
    if clips.empty:
        return None
    return TrueSound(list(waves_of(clip_audio, list(clips["clip_id"]))), clips["genre"].tolist())


def _resynthesis(tokens: ShardReader, codec: Codec, clip_ids: list[str]) -> list[np.ndarray]:
    waves = (codec.decode(tokens.read(clip_id, "acoustic")) for clip_id in clip_ids)
    return [wave[: codec.clock.clip_samples] for wave in track(waves, "codec resynthesis", len(clip_ids))]
