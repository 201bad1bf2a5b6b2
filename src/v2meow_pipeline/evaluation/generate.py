"""Music for the clips of the evaluation sample, by the model and by the model without video."""

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
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.clip_audio import from_pcm, to_pcm
from v2meow_pipeline.corpus.shards import Shard, ShardReader, ShardWriter, fill
from v2meow_pipeline.errors import ConfigError, MediaError
from v2meow_pipeline.evaluation.prompts import other_genres, prompt_of
from v2meow_pipeline.evaluation.samples import column, sample_seeds
from v2meow_pipeline.media.audio import write_wav
from v2meow_pipeline.media.mux import MuxConfig, mux_soundtrack
from v2meow_pipeline.media.probe import probe
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
    """What the model is told about a clip: the video or not, its caption, a genre that its music is not of, or none."""

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
# What an example consists of.
EXAMPLES = (".mp4", ".wav", ".png")


class GenerateConfig(Config):
    """Generation for the evaluation sample.

    Attributes:
        seed: of all clips; each derives its own.
        clips_per_shard: unit of resume.
        samples: music of each clip by each system, with a seed each; a clip's scores are the means over them.
        examples: this many of the clips also become videos with their soundtrack, of the first sample.
        systems: of `SYSTEMS`, what the model is told; "v2meow" is always among them.
        composer: sampling.
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
            raise ConfigError(f"generate.systems lacks {MODEL}.", "It is what all others are compared with.")
        return self

    def columns(self) -> tuple[str, ...]:
        """Names of the arrays that are stored: the first sample of each system, then the second of each, and so on."""
        return tuple(column(name, sample) for sample in range(self.samples) for name in self.systems)


def generate_clips(
    clips: pd.DataFrame, features: ShardReader, models: Path, config: GenerateConfig, folder: Path
) -> Path:
    """Writes a waveform for each clip, system and sample, resuming where a killed run stopped.

    Args:
        clips: rows of the manifest.
        features: visual features of the corpus.
        models: folder of trained models.
        config: seed and sampling.
        folder: where the shards go: int16 PCM at the clock's rate, a column a system and
            sample (`evaluation.samples.column`), [clip, clip_samples].

    Returns:
        The same folder, complete.
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
    """Kind of text -> what is said of each clip, of the kinds that the systems are told."""
    kinds = {SYSTEMS[name].text for name in config.systems}
    texts = {}
    if "caption" in kinds:
        texts["caption"] = captions_of(clips, "the systems with text out of generate.systems")
    if "other genre" in kinds:
        texts["other genre"] = {key: prompt_of(genre) for key, genre in other_genres(clips).items()}
    return texts


def captions_of(clips: pd.DataFrame, leave_out: str) -> dict[str, str]:
    """Caption of each clip; a system that is told captions needs all of them.

    Args:
        clips: rows of the manifest.
        leave_out: what to leave out of where, where there are none, for the error.

    Returns:
        By clip, in the order of `clips`.

    Raises:
        ConfigError: naming a clip without a caption.
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
    """Puts the generated music of the first clips under their videos, to be looked at and listened to, with the sound
    by itself and its spectrogram.

    Only videos that are one clip long are taken, and of those only what an mp4 can hold; others are passed over with a
    word. What lies in the folder from an earlier sample goes.

    Args:
        clips: rows of the manifest.
        generated: of `generate_clips`.
        clock: rate of the waveforms and length of a clip.
        count: how many.
        folder: where they go.

    Returns:
        The same folder.
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
    seen = seen_features(composer.bundle, job.features, shard.clip_ids)
    texts = {kind: _described(job, kind, shard.clip_ids) for kind in job.texts}
    waves: dict[str, np.ndarray] = {}
    for sample in range(config.samples):
        seeds = sample_seeds(config.seed, shard.clip_ids, sample)
        for name in config.systems:
            told = SYSTEMS[name]
            told_of = (seen if told.video else {}, texts[told.text] if told.text else None)
            waves[column(name, sample)] = compose_waves(composer, *told_of, seeds)
    return waves


def _described(job: _Job, kind: str, clip_ids: Sequence[str]) -> np.ndarray:
    return job.composer.bundle.music_text().embed_text([job.texts[kind][clip_id] for clip_id in clip_ids])


def seen_features(bundle: Bundle, features: ShardReader, clip_ids: Sequence[str]) -> dict[str, np.ndarray]:
    """Every visual feature that a stage of the bundle sees, [clip, t_visual, width], by name."""
    names = sorted({name for stage in bundle.stages.values() for name in stage.config.all_features()})
    return {name: features.stack(name, clip_ids) for name in names}


def compose_waves(
    composer: Composer,
    seen: Mapping[str, np.ndarray],
    text: np.ndarray | None,
    seeds: Sequence[int],
    given: Mapping[str, Tensor] | None = None,
) -> np.ndarray:
    """Music for clips of the clock's length, as it is stored.

    Args:
        composer: the models.
        seen: visual features by name, [clip, t_visual, width]; without any, no video is seen.
        text: float32 [clip, 128] where the music was described; None where not.
        seeds: one a clip.
        given: token streams that are known already, as in `Composer.compose`.

    Returns:
        int16 PCM [clip, clip_samples].
    """
    duration_s = composer.clock.clip_s
    codes = composer.compose([seen], composer.windows(duration_s), seeds, text, given=given).codes
    return to_pcm(np.stack([composer.render(of_clip, duration_s) for of_clip in codes]))
