"""Every system's audio beside the controls, and what the judges say of it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import numpy as np
import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.fitting import waves_of
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
    """What an evaluation of our models compares, and what is measured of it.

    Attributes:
        model: whose music is evaluated, "project" or "release"; jobs/release_evaluation.py acts on it.
        baselines: other ideas that play for the same clips, see `evaluation.baselines`.
    """

    model: Literal["project", "release"] = "project"
    baselines: tuple[Baseline, ...] = (RULES,)

    def measured(self) -> MeasureConfig:
        """What is measured, for comparisons that bring their own systems."""
        return MeasureConfig.parse(self.model_dump(exclude={"model", "baselines"}))


class Evaluated(NamedTuple):
    """What an evaluation found.

    Attributes:
        result: scores by clip, and over all of them with intervals.
        lifts: how often each look of a video leads to each genre, a row a system, look and genre.
        systems: waves of every system and control, of each its first sample, as long as their clips and in their order.
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
    """Scores of the model, of the model that is told more or less, of baselines, and of the controls.

    Of a system with several samples a clip's scores are means over them (`metrics.samples`). Memorisation is asked of
    clips that are not shorter than the clock's, bias of first samples alone: it counts videos.

    Args:
        clips: rows of the manifest that music was generated for.
        manifest: of the corpus; its training clips lend their music to two controls.
        stores: "clip_audio", the ground truth; "tokens" of it, for the codec's resynthesis: the ceiling of any model of
            these tokens; "visual_features", "music_text"; and "generated", of `evaluation.generate.generate_clips`.
        codec: checkpoint of the acoustic tokenizer.
        config: what is compared and measured.
        clock: the rates.
        baselines: folder of their shards; what lies there from a killed run is not made again.
        decoder: of the codec, the same as in generation.

    Returns:
        Scores, lifts, and what was heard.
    """
    clip_ids = list(clips["clip_id"])
    lasting, training = ClipTrimmer(clips, clock), manifest[manifest["split"] == "train"]
    # Streamed clips of sound alone have neither a look nor a place in the joint space.
    training = training[training["clip_id"].isin(stores["visual_features"].clip_ids)]
    made, samples = read_samples(stores["generated"], clip_ids, {name: name for name in SYSTEMS})
    played = play_baselines(config.baselines, clips, clock, config.seed, config.metrics.workers, baselines)
    whole = {
        **made,
        **{name: list(waves_of(reader, clip_ids)) for name, reader in played.items()},
        RESYNTHESIS: _resynthesis(stores["tokens"], load_codec(codec, clock, decoder), clip_ids),
        **borrowed_systems(clips, training, stores["visual_features"], stores["clip_audio"], config.seed),
        **_controls(clips, stores["clip_audio"], clock, config.seed),
    }
    systems = {name: lasting.cut(waves) for name, waves in whole.items()}
    truth = systems[GROUND_TRUTH]
    facts = clips.assign(**{PROMPTED: list(other_genres(clips).values())}) if GENRE_PROMPT in made else clips
    learned = _true_sound(judge_clips(manifest), stores["clip_audio"])
    result, cache = Measurer(truth, facts, config, clock, codec.parent, learned).measure(systems, samples)
    asked = {name: waves for name, waves in systems.items() if name in made or name in (NEAREST, GROUND_TRUTH)}
    if training.empty:
        result.notes.append(UNTRAINED)
    elif config.tokens and lasting.whole():
        of_whole = {name: [waves[place] for place in lasting.whole()] for name, waves in asked.items()}
        known = training["clip_id"].tolist()
        result.summary.extend(memorisation_rows(cache, of_whole, stores["tokens"], known, config.seed, samples))
    first = {name: waves for name, waves in systems.items() if name not in samples}
    heard = {GROUND_TRUTH: truth, **{name: waves for name, waves in asked.items() if name in first}}
    return Evaluated(result, _bias(result, cache, heard, clips, training, stores, config), first)


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
    """Adds the strength of the link of looks and genres to the result; the lifts are a table of their own."""
    classifier = GenreClassifier(training, stores["music_text"])
    if MUSIC_TEXT not in config.spaces or len(classifier.genres) < FEWEST_GENRES:
        return pd.DataFrame(columns=LIFT_COLUMNS)
    looks = looks_of(list(clips["clip_id"]), training["clip_id"].tolist(), stores["visual_features"], config.seed)
    places = {name: [cache.of(wave).places[MUSIC_TEXT] for wave in waves] for name, waves in systems.items()}
    rows, lifts = bias_of(looks, places, classifier, clips["genre"].fillna("").tolist(), config.seed)
    result.summary.extend(rows)
    return lifts


def _true_sound(clips: pd.DataFrame, clip_audio: ShardReader) -> TrueSound | None:
    if clips.empty:
        return None
    return TrueSound(list(waves_of(clip_audio, list(clips["clip_id"]))), clips["genre"].tolist())


def _resynthesis(tokens: ShardReader, codec: Codec, clip_ids: list[str]) -> list[np.ndarray]:
    waves = (codec.decode(tokens.read(clip_id, "acoustic")) for clip_id in clip_ids)
    return [wave[: codec.clock.clip_samples] for wave in track(waves, "codec resynthesis", len(clip_ids))]
