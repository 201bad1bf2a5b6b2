"""Evaluation of the model's variants, baselines and controls: embedding of their audio, and scores."""

from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_embeddings import EmbeddedSystems, EmbeddingCache
from v2meow_pipeline.evaluation.audio_sets import stored_audio
from v2meow_pipeline.evaluation.clip_lengths import clip_lengths, full_clips
from v2meow_pipeline.evaluation.evaluated_audio import EvaluatedAudio
from v2meow_pipeline.evaluation.evaluation_config import EvaluationConfig, EvaluationSettings
from v2meow_pipeline.evaluation.fidelity import fidelity_columns
from v2meow_pipeline.evaluation.generate import GENRE_PROMPT
from v2meow_pipeline.evaluation.genre_judge import PROMPTED, GenreTraining, embed_genre_training, judge_clips
from v2meow_pipeline.evaluation.measure import ReferenceClips, embed_reference, embedders_of, measure
from v2meow_pipeline.evaluation.prompts import other_genres
from v2meow_pipeline.evaluation.retrieval_controls import GENRE_PRIOR, NEAREST
from v2meow_pipeline.evaluation.set_metrics import memorisation_rows
from v2meow_pipeline.evaluation.visual_bias import LIFT_COLUMNS, NearestCentroidGenreClassifier, bias_of, looks_of
from v2meow_pipeline.metrics.by_clip import Columns
from v2meow_pipeline.metrics.controls import GROUND_TRUTH
from v2meow_pipeline.metrics.genre import FEWEST_GENRES
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow
from v2meow_pipeline.metrics.samples import Samples
from v2meow_pipeline.models.stages import MUSIC_TEXT
from v2meow_pipeline.parallel import one_pool

UNTRAINED = f"no clip of this corpus was trained on, so {NEAREST}, {GENRE_PRIOR}, memorisation and bias are left out"


class EmbeddedEvaluation(NamedTuple):
    """Embeddings of all audio of an evaluation.

    Attributes:
        systems: name of a system, additional sample or control -> embeddings of each clip.
        samples: additional sample in `systems` -> its system.
        generated: names of the systems and samples that the model generated.
        clips: the evaluated clips with their ground truth.
        genre_training: training data of the genre judge; None if there are too few genres.
        fidelity: per-clip fidelity scores; empty unless they are configured.
    """

    systems: EmbeddedSystems
    samples: Samples
    generated: tuple[str, ...]
    clips: ReferenceClips
    genre_training: GenreTraining | None
    fidelity: Columns

    def compared_with_training(self) -> EmbeddedSystems:
        """Systems that are compared with the training clips: those of the model, the nearest clip, and the truth."""
        compared = (*self.generated, NEAREST, GROUND_TRUTH)
        return {name: clips for name, clips in self.systems.items() if name in compared}


@one_pool()
def embed_evaluation(
    audio: EvaluatedAudio,
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    models: Path,
    settings: EvaluationSettings,
) -> EmbeddedEvaluation:
    """Embeds the audio of all systems, clip by clip.

    Args:
        audio: audio of all systems.
        clips: manifest rows of the evaluated clips.
        manifest: manifest of the corpus, for the training clips of the genre judge.
        clip_audio: audio of the corpus.
        models: directory of trained models.
        settings: metrics and clock.

    Returns:
        The embeddings.
    """
    config, clock = settings.config, settings.clock
    embedders, cache = embedders_of(config, clock, models), EmbeddingCache(config.metrics.workers)
    prompted = GENRE_PROMPT in audio.generated
    facts = clips.assign(**{PROMPTED: list(other_genres(clips).values())}) if prompted else clips
    truth, judged = audio.systems[GROUND_TRUTH], judge_clips(manifest)
    reference = embed_reference(truth, facts, embedders, config, cache)
    training = None
    if config.judges and not judged.empty:
        sound = stored_audio(clip_audio, judged["clip_id"].tolist())
        training = embed_genre_training(sound, judged["genre"].tolist(), embedders, cache)
    systems = cache.embed(audio.systems, embedders)
    rate, workers = clock.sample_rate_hz, config.metrics.workers
    fidelity = fidelity_columns(audio.systems, truth, rate, workers) if config.fidelity else {}
    return EmbeddedEvaluation(systems, audio.samples, audio.generated, reference, training, fidelity)


def score_systems(
    embedded: EmbeddedEvaluation, added: list[SummaryRow], notes: list[str], config: EvaluationConfig
) -> EvaluationResult:
    """Scores the model with all its conditioning variants, the baselines, and the controls.

    Scores of a system with several samples are means over the samples (`metrics.samples`).

    Args:
        embedded: embeddings of all audio.
        added: further summary rows, such as those of memorisation and bias.
        notes: further notes.
        config: metrics.

    Returns:
        Scores by clip, and over all clips with intervals.
    """
    columns = embedded.fidelity
    result = measure(embedded.systems, embedded.clips, config, embedded.samples, embedded.genre_training, columns)
    result.summary.extend(added)
    result.notes.extend(notes)
    return result


def measure_memorisation(
    embedded: EmbeddedEvaluation,
    training: pd.DataFrame,
    tokens: ShardReader,
    settings: EvaluationSettings,
) -> tuple[list[SummaryRow], list[str]]:
    """Similarity of the music to training clips, for clips of full length.

    Args:
        embedded: embeddings of all audio, with tokens.
        training: manifest rows of the training clips.
        tokens: tokens of the corpus.
        settings: seed and clock.

    Returns:
        Summary rows, and a note if there are no training clips.
    """
    if training.empty:
        return [], [UNTRAINED]
    full = full_clips(clip_lengths(embedded.clips.facts, settings.clock), settings.clock)
    if not (settings.config.tokens and full):
        return [], []
    systems = {name: [clips[index] for index in full] for name, clips in embedded.compared_with_training().items()}
    known, seed = training["clip_id"].tolist(), settings.config.seed
    return memorisation_rows(systems, tokens, known, seed, embedded.samples), []


def measure_bias(
    embedded: EmbeddedEvaluation,
    training: pd.DataFrame,
    features: ShardReader,
    music_text: ShardReader,
    config: EvaluationConfig,
) -> tuple[list[SummaryRow], pd.DataFrame]:
    """Association of the look of the videos and the genre of the music, for first samples, since its unit is the video.

    Args:
        embedded: embeddings of all audio.
        training: manifest rows of the training clips.
        features: visual features of the corpus.
        music_text: music-text embeddings of the corpus.
        config: seed and embedding spaces.

    Returns:
        Summary rows; and the lifts (see `metrics.bias`), one row per system, look and genre.
    """
    classifier = NearestCentroidGenreClassifier(training, music_text)
    if MUSIC_TEXT not in config.spaces or len(classifier.genres) < FEWEST_GENRES:
        return [], pd.DataFrame(columns=LIFT_COLUMNS)
    facts, compared = embedded.clips.facts, embedded.compared_with_training()
    looks = looks_of(list(facts["clip_id"]), training["clip_id"].tolist(), features, config.seed)
    names = dict.fromkeys([GROUND_TRUTH, *(name for name in compared if name not in embedded.samples)])
    embeddings = {name: [clip.music_text[MUSIC_TEXT] for clip in compared[name]] for name in names}
    return bias_of(looks, embeddings, classifier, facts["genre"].fillna("").tolist(), config.seed)
