"""Nodes of the evaluate pipeline: audio sets, embeddings, and scores."""

from pathlib import Path
from typing import Any, Literal

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_sets import Systems
from v2meow_pipeline.evaluation.evaluate import EmbeddedEvaluation
from v2meow_pipeline.evaluation.evaluated_audio import EvaluatedAudio
from v2meow_pipeline.evaluation.evaluation_config import EvaluationConfig, EvaluationSettings
from v2meow_pipeline.metrics.result import EvaluationResult, SummaryRow


def parse_settings(
    params: dict[str, Any], decoder: Literal["griffin_lim", "vocoder"], clock: dict[str, Any]
) -> EvaluationSettings:
    """Parses the settings that all steps share."""
    return EvaluationSettings(EvaluationConfig.parse(params), Clock.parse(clock), decoder)


def find_generated_audio(clips: pd.DataFrame, generated: ShardReader, settings: EvaluationSettings) -> EvaluatedAudio:
    """Finds the audio of the model with all its conditioning variants and samples."""
    from v2meow_pipeline.evaluation.evaluated_audio import generated_audio

    return generated_audio(clips, generated, settings.clock)


def render_baselines(clips: pd.DataFrame, settings: EvaluationSettings, folder: Path) -> Systems:
    """Renders the music of the baselines."""
    from v2meow_pipeline.evaluation.evaluated_audio import baseline_audio

    return baseline_audio(clips, settings, folder)


def resynthesise(
    clips: pd.DataFrame, tokens: ShardReader, acoustic_tokenizer: Path, settings: EvaluationSettings
) -> Systems:
    """Sets up the decoding of the clips' own tokens by the codec."""
    from v2meow_pipeline.evaluation.evaluated_audio import resynthesis_control

    return resynthesis_control(clips, tokens, acoustic_tokenizer, settings)


def retrieve_training_audio(
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    visual_features: ShardReader,
    clip_audio: ShardReader,
    settings: EvaluationSettings,
) -> Systems:
    """Selects music of training clips: the nearest by visual features, and any clip of the genre."""
    from v2meow_pipeline.evaluation.evaluated_audio import retrieval_controls

    return retrieval_controls(clips, manifest, visual_features, clip_audio, settings)


def make_controls(clips: pd.DataFrame, clip_audio: ShardReader, settings: EvaluationSettings) -> Systems:
    """Makes ground truth, random shuffle, click track and silence."""
    from v2meow_pipeline.evaluation.evaluated_audio import simple_controls

    return simple_controls(clips, clip_audio, settings)


def combine_audio(generated: EvaluatedAudio, *others: Systems) -> EvaluatedAudio:
    """Combines the audio of all systems and controls."""
    from v2meow_pipeline.evaluation.evaluated_audio import combine

    return combine(generated, *others)


def embed_audio(
    audio: EvaluatedAudio,
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    clip_audio: ShardReader,
    models: Path,
    settings: EvaluationSettings,
) -> EmbeddedEvaluation:
    """Reads all audio clip by clip, and keeps its features and embeddings."""
    from v2meow_pipeline.evaluation.evaluate import embed_evaluation

    return embed_evaluation(audio, clips, manifest, clip_audio, models, settings)


def measure_memorisation(
    embedded: EmbeddedEvaluation,
    manifest: pd.DataFrame,
    tokens: ShardReader,
    visual_features: ShardReader,
    settings: EvaluationSettings,
) -> tuple[list[SummaryRow], list[str]]:
    """Measures the similarity of the music to training clips; also returns notes."""
    from v2meow_pipeline.evaluation.evaluate import measure_memorisation
    from v2meow_pipeline.evaluation.evaluated_audio import training_clips

    return measure_memorisation(embedded, training_clips(manifest, visual_features), tokens, settings)


def measure_bias(
    embedded: EmbeddedEvaluation,
    manifest: pd.DataFrame,
    visual_features: ShardReader,
    music_text: ShardReader,
    settings: EvaluationSettings,
) -> tuple[list[SummaryRow], pd.DataFrame]:
    """Measures the association of visual appearance and genre; also returns the table of lifts."""
    from v2meow_pipeline.evaluation.evaluate import measure_bias
    from v2meow_pipeline.evaluation.evaluated_audio import training_clips

    training = training_clips(manifest, visual_features)
    return measure_bias(embedded, training, visual_features, music_text, settings.config)


def score_systems(
    embedded: EmbeddedEvaluation,
    memorisation: list[SummaryRow],
    bias: list[SummaryRow],
    notes: list[str],
    settings: EvaluationSettings,
) -> EvaluationResult:
    """Scores all systems and controls, and adds memorisation and bias."""
    from v2meow_pipeline.evaluation.evaluate import score_systems

    return score_systems(embedded, [*memorisation, *bias], notes, settings.config)
