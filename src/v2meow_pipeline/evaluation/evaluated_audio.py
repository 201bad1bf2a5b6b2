"""Audio sets of an evaluation: the model's variants, baselines, and controls, trimmed to the lengths of the clips."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.evaluation.audio_sets import AudioSet, Systems, stored_audio
from v2meow_pipeline.evaluation.baselines.render_baselines import render_baselines
from v2meow_pipeline.evaluation.clip_lengths import clip_lengths
from v2meow_pipeline.evaluation.controls import control_systems
from v2meow_pipeline.evaluation.evaluation_config import EvaluationSettings
from v2meow_pipeline.evaluation.generate import SYSTEMS
from v2meow_pipeline.evaluation.resynthesis import RESYNTHESIS, resynthesised_audio
from v2meow_pipeline.evaluation.retrieval_controls import retrieval_systems
from v2meow_pipeline.evaluation.samples import read_samples
from v2meow_pipeline.metrics.samples import Samples


class EvaluatedAudio(NamedTuple):
    """Audio of all systems of an evaluation.

    Attributes:
        systems: name of a system, additional sample or control -> audio.
        samples: additional sample in `systems` -> its system.
        generated: names of the systems and samples that the model generated.
    """

    systems: Systems
    samples: Samples
    generated: tuple[str, ...]

    def first_samples(self) -> dict[str, AudioSet]:
        """Name -> audio, without additional samples."""
        return {name: audio for name, audio in self.systems.items() if name not in self.samples}


def generated_audio(clips: pd.DataFrame, generated: ShardReader, clock: Clock) -> EvaluatedAudio:
    """Audio of the model with all its conditioning variants and samples.

    Args:
        clips: manifest rows of the evaluated clips.
        generated: output of `evaluation.generate.generate_clips`.
        clock: sample rate and clip length.

    Returns:
        Audio of all variants that were generated.
    """
    systems, samples = read_samples(generated, clips["clip_id"].tolist(), {name: name for name in SYSTEMS})
    return EvaluatedAudio(_trimmed(systems, clips, clock), samples, tuple(systems))


def baseline_audio(clips: pd.DataFrame, settings: EvaluationSettings, folder: Path) -> Systems:
    """Audio of the baselines, rendered unless the directory has it already.

    Args:
        clips: manifest rows of the evaluated clips.
        settings: baselines, seed and clock.
        folder: directory of the baselines' shards; shards of an interrupted run are reused.

    Returns:
        Baseline -> audio.
    """
    config, clock = settings.config, settings.clock
    stores = render_baselines(config.baselines, clips, clock, config.seed, config.metrics.workers, folder)
    systems = {name: stored_audio(store, clips["clip_id"].tolist()) for name, store in stores.items()}
    return _trimmed(systems, clips, clock)


def resynthesis_control(clips: pd.DataFrame, tokens: ShardReader, codec: Path, settings: EvaluationSettings) -> Systems:
    """The clips' own music, decoded from its tokens: the upper bound of any model of these tokens.

    Args:
        clips: manifest rows of the evaluated clips.
        tokens: tokens of the corpus.
        codec: checkpoint of the acoustic tokenizer.
        settings: clock and decoder.

    Returns:
        Control -> audio.
    """
    audio = resynthesised_audio(tokens, clips["clip_id"].tolist(), codec, settings.clock, settings.decoder)
    return _trimmed({RESYNTHESIS: audio}, clips, settings.clock)


def retrieval_controls(
    clips: pd.DataFrame,
    manifest: pd.DataFrame,
    features: ShardReader,
    clip_audio: ShardReader,
    settings: EvaluationSettings,
) -> Systems:
    """Music of training clips: of the clip with the most similar video, and of any clip of the genre.

    Args:
        clips: manifest rows of the evaluated clips.
        manifest: manifest of the corpus.
        features: visual features of the corpus.
        clip_audio: audio of the corpus.
        settings: seed and clock.

    Returns:
        Control -> audio.
    """
    training = training_clips(manifest, features)
    systems = retrieval_systems(clips, training, features, clip_audio, settings.config.seed)
    return _trimmed(systems, clips, settings.clock)


def simple_controls(clips: pd.DataFrame, clip_audio: ShardReader, settings: EvaluationSettings) -> Systems:
    """Ground truth, random shuffle, click track and silence.

    Args:
        clips: manifest rows of the evaluated clips.
        clip_audio: audio of the corpus.
        settings: seed and clock.

    Returns:
        Control -> audio.
    """
    truth, tempi = stored_audio(clip_audio, clips["clip_id"].tolist()), clips["tempo_bpm"].astype(float).tolist()
    rate, seed = settings.clock.sample_rate_hz, settings.config.seed
    systems = control_systems(truth, rate, tempi, seed, clips["source_id"].tolist())
    return _trimmed(systems, clips, settings.clock)


def combine(generated: EvaluatedAudio, *others: Systems) -> EvaluatedAudio:
    """Audio of the model, then that of the other systems in the given order."""
    systems = {name: audio for part in (generated.systems, *others) for name, audio in part.items()}
    return generated._replace(systems=systems)


def training_clips(manifest: pd.DataFrame, features: ShardReader) -> pd.DataFrame:
    """Manifest rows of the training clips with video: streamed audio-only clips have no visual features."""
    training = manifest[manifest["split"] == "train"]
    return training[training["clip_id"].isin(features.clip_ids)]


def _trimmed(systems: Mapping[str, AudioSet], clips: pd.DataFrame, clock: Clock) -> dict[str, AudioSet]:
    lengths = clip_lengths(clips, clock)
    return {name: audio.trimmed(lengths) for name, audio in systems.items()}
