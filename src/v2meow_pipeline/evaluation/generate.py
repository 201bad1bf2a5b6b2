"""Generation of music for the evaluation clips by the model with different conditioning."""

import logging
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final, Literal, NamedTuple

import numpy as np
import pandas as pd
from pydantic import Field, model_validator
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer import Bundle, Composer, ComposerConfig
from v2meow_pipeline.composer.take_selection import compose_takes
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.clip_audio import from_pcm, to_pcm
from v2meow_pipeline.corpus.shards import Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.evaluation.prompts import other_genres, prompt_of
from v2meow_pipeline.evaluation.samples import column, sample_seeds
from v2meow_pipeline.media.audio import write_wav
from v2meow_pipeline.media.mux import mux_soundtrack
from v2meow_pipeline.media.mux_config import MuxConfig
from v2meow_pipeline.media.probe import probe
from v2meow_pipeline.models.stages import EVENTS
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.tokenizers.picture import save_spectrograms

log = logging.getLogger(__name__)

REVISION = "generated-3"
MODEL: Final = "v2meow"
WITHOUT_VIDEO: Final = "v2meow_without_video"
WITH_TEXT: Final = "v2meow_with_text"
TEXT_ONLY: Final = "v2meow_text_only"
GENRE_PROMPT: Final = "v2meow_genre_prompt"


class Conditioning(NamedTuple):
    """Conditioning of the model: whether it gets the video, and which text (caption, another genre, or none)."""

    video: bool
    text: Literal["caption", "other genre"] | None


SYSTEMS = {
    MODEL: Conditioning(video=True, text=None),
    WITHOUT_VIDEO: Conditioning(video=False, text=None),
    WITH_TEXT: Conditioning(video=True, text="caption"),
    TEXT_ONLY: Conditioning(video=False, text="caption"),
    GENRE_PROMPT: Conditioning(video=True, text="other genre"),
}
System = Literal["v2meow", "v2meow_without_video", "v2meow_with_text", "v2meow_text_only", "v2meow_genre_prompt"]
# File types of an example.
EXAMPLES = (".mp4", ".wav", ".png")


class GenerateConfig(Config):
    """Settings of the generation for evaluation clips.

    Attributes:
        seed: base seed; the seed of each clip is derived from it.
        clips_per_shard: number of clips per shard; an interrupted run resumes with the next shard.
        samples: number of samples per clip and system, with different seeds; scores of a clip are means over them.
        examples: number of clips for which example videos with the first sample as soundtrack are written.
        systems: conditioning variants, names in `SYSTEMS`; must include "v2meow".
        composer: sampling settings.
    """

    seed: int = 0
    clips_per_shard: int = Field(default=24, gt=0)
    samples: int = Field(default=1, gt=0)
    examples: int = Field(default=4, ge=0)
    systems: tuple[System, ...] = (MODEL, WITHOUT_VIDEO)
    composer: ComposerConfig = Field(default_factory=ComposerConfig)

    @model_validator(mode="after")
    def _has_the_model(self) -> "GenerateConfig":
        if MODEL not in self.systems:
            raise ConfigError(
                f"generate.systems lacks {MODEL}.", "Add it: all other systems are compared with this one."
            )
        return self

    def columns(self) -> tuple[str, ...]:
        """Names of the stored arrays: the first sample of each system, then the second of each, and so on."""
        return tuple(column(name, sample) for sample in range(self.samples) for name in self.systems)


def generate_clips(
    clips: pd.DataFrame, features: ShardReader, models: Path, config: GenerateConfig, folder: Path
) -> Path:
    """Writes a waveform for each clip, system and sample; resumes an interrupted run.

    Args:
        clips: rows of the manifest.
        features: visual features of the corpus.
        models: directory of trained models.
        config: seed, systems and sampling settings.
        folder: output directory of the shards: int16 PCM at the clock's sample rate, [clip, clip_samples], one column
            per system and sample (`evaluation.samples.column`).

    Returns:
        The directory with all shards.
    """
    bundle = Bundle.load(models, config.composer)
    texts = _texts(clips, config)
    sampled = (config.seed, config.columns(), config.composer.fingerprint())
    made_by = fingerprint(REVISION, bundle.fingerprint, features.fingerprint, *sampled, *texts.values())
    writer = ShardWriter(folder, list(clips["clip_id"]), made_by, config.clips_per_shard)
    if writer.missing():
        job = _Job(Composer(bundle, config.composer), features, texts, config)
        fill(writer, partial(_compose_shard, job=job), SERIAL, "generated")
    writer.finish()
    return folder


class _Job(NamedTuple):
    composer: Composer
    features: ShardReader
    texts: dict[str, dict[str, str]]
    config: GenerateConfig


def _texts(clips: pd.DataFrame, config: GenerateConfig) -> dict[str, dict[str, str]]:
    """Kind of text -> clip id -> text, for the kinds of text that the systems use."""
    kinds = {SYSTEMS[name].text for name in config.systems}
    texts = {}
    if "caption" in kinds:
        texts["caption"] = captions_of(clips, "the systems with text out of generate.systems")
    if "other genre" in kinds:
        texts["other genre"] = {key: prompt_of(genre) for key, genre in other_genres(clips).items()}
    return texts


def captions_of(clips: pd.DataFrame, leave_out: str) -> dict[str, str]:
    """Caption of each clip, for systems that need the captions of all clips.

    Args:
        clips: rows of the manifest.
        leave_out: completes "Leave ... " in the error message: the setting to remove if captions are missing.

    Returns:
        Clip id -> caption, in the order of `clips`.

    Raises:
        ConfigError: if a clip has no caption; the message names one.
    """
    captions = dict(zip(clips["clip_id"], clips["caption"].fillna(""), strict=True))
    lacking = [clip_id for clip_id, caption in captions.items() if not caption.strip()]
    if lacking:
        raise ConfigError(
            f"{len(lacking)} of {len(captions)} evaluation clips have no caption, such as {lacking[0]}.",
            f"Leave {leave_out}, or give captions (docs/how-to/own-videos.md).",
        )
    return captions


def write_examples(clips: pd.DataFrame, generated: ShardReader, clock: Clock, count: int, folder: Path) -> Path:
    """Writes example videos with the generated music of the first clips, and for each the audio and its spectrogram.

    Only videos of the length of one clip are used. Those that cannot be stored in an mp4 are skipped with a warning.
    Earlier examples in the directory are deleted.

    Args:
        clips: rows of the manifest.
        generated: store written by `generate_clips`.
        clock: sample rate of the waveforms and length of a clip.
        count: maximum number of examples.
        folder: output directory.

    Returns:
        The output directory.
    """
    for old in folder.iterdir():
        if old.suffix in EXAMPLES:
            old.unlink()
    made = 0
    for clip_id, path in zip(clips["clip_id"].tolist(), clips["path"].tolist(), strict=True):
        if made == count or probe(Path(path)).duration_s > clock.clip_s + 1:
            continue
        wave = from_pcm(generated.read(clip_id, MODEL))
        try:
            mux_soundtrack(Path(path), wave, clock.sample_rate_hz, folder / f"{clip_id}.mp4", MuxConfig())
        except MediaError as error:
            log.warning("No example of %s: %s", clip_id, error)
            continue
        write_wav(folder / f"{clip_id}.wav", wave, clock.sample_rate_hz)
        save_spectrograms({clip_id: wave}, clock.sample_rate_hz, folder / f"{clip_id}.png")
        made += 1
    return folder


def _compose_shard(shard: Shard, job: _Job) -> dict[str, np.ndarray]:
    """Waveforms of each system and sample, [clip, clip_samples]."""
    composer, config = job.composer, job.config
    features = seen_features(composer, job.features, shard.clip_ids)
    texts = {kind: _text_embeddings(job, kind, shard.clip_ids) for kind in job.texts}
    waves: dict[str, np.ndarray] = {}
    for sample in range(config.samples):
        seeds = sample_seeds(config.seed, shard.clip_ids, sample)
        for name in config.systems:
            conditioning = SYSTEMS[name]
            video = features if conditioning.video else {}
            text = texts[conditioning.text] if conditioning.text else None
            waves[column(name, sample)] = compose_waves(composer, video, text, seeds)
    return waves


def _text_embeddings(job: _Job, kind: str, clip_ids: Sequence[str]) -> np.ndarray:
    return job.composer.bundle.music_text().embed_text([job.texts[kind][clip_id] for clip_id in clip_ids])


def seen_features(composer: Composer, features: ShardReader, clip_ids: Sequence[str]) -> dict[str, np.ndarray]:
    """Visual features that the stages use, and event curves if takes are compared.

    Args:
        composer: trained models and sampling settings.
        features: shards of visual features.
        clip_ids: ids of the clips.

    Returns:
        Features by name, [clip, t, width].

    Raises:
        ConfigError: when takes cannot be compared, since the shards lack event curves.
    """
    names = {name for stage in composer.bundle.stages.values() for name in stage.config.all_features()}
    if composer.config.takes > 1:
        if EVENTS not in features.names:
            raise ConfigError(
                f"generate.composer.takes is {composer.config.takes}, but the visual features have no event curves.",
                "Add them with `--params visual.also=[events]`, or set takes to 1.",
            )
        names.add(EVENTS)
    return {name: features.stack(name, clip_ids) for name in sorted(names)}


def compose_waves(
    composer: Composer,
    seen: Mapping[str, np.ndarray],
    text: np.ndarray | None,
    seeds: Sequence[int],
    given: Mapping[str, Tensor] | None = None,
) -> np.ndarray:
    """Generates music for clips of the clock's length.

    Args:
        composer: trained models and sampling settings.
        seen: visual features by name, [clip, t_visual, width]; empty to generate without video.
        text: text embedding of each clip, float32 [clip, 128]; None to generate without text.
        seeds: one seed per clip.
        given: known token streams, as in `Composer.compose`.

    Returns:
        int16 PCM [clip, clip_samples]: the best of `composer.config.takes` pieces; a single piece without video or with
        given tokens.
    """
    duration_s = composer.clock.clip_s
    windows = composer.windows(duration_s)
    if given:
        codes = composer.compose([seen], windows, seeds, text, given=given).codes
        return to_pcm(np.stack([composer.render(of_clip, duration_s) for of_clip in codes]))
    takes = composer.config.takes if seen else 1
    made = compose_takes(composer, [seen], windows, seeds, takes, duration_s, text)
    return to_pcm(np.stack([of_clip.waves[of_clip.best] for of_clip in made]))
