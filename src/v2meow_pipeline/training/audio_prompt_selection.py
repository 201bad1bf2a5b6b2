"""Selects excerpts of the training clips as audio prompts, so that they cover the styles of the corpus."""

from pathlib import Path

import numpy as np
import pandas as pd
from pydantic import Field

from v2meow_pipeline.checkpoint import cached_fit, fingerprint_of
from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.audio_prompts import STREAMS, AudioPrompts
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.clips import clips_of, describe_clips, licences_of
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC, LOUDNESS, RISES, SEMANTIC
from v2meow_pipeline.encoders.audio_events import RATE_HZ, strongest_onsets
from v2meow_pipeline.encoders.event_curves import event_curve
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.stages import MUSIC_TEXT, levels_in_codes

REVISION = "audio_prompts-1"
# Share of the onsets that are accents, the middle of the range of training (encoders/audio_events.py).
KEPT = 0.5
# Frames with a mean log10 magnitude below this are silent, and an excerpt may have this share of them.
SILENCE, SILENT_SHARE = -4.0, 0.2


class AudioPromptConfig(Config):
    """Configuration of the selection.

    Attributes:
        count: maximum number of excerpts.
        duration_s: duration of an excerpt, seconds; at least the overlap of windows in generation.
        seed: seed of the clustering.
    """

    count: int = Field(default=512, gt=0)
    duration_s: float = Field(default=5.0, gt=0)
    seed: int = 0


def fit_audio_prompts(
    manifest: pd.DataFrame,
    tokens: ShardReader,
    music_text: ShardReader,
    clock: Clock,
    models: ModelStore,
    config: AudioPromptConfig,
    folder: Path,
) -> Path:
    """Selects audio prompts, unless the checkpoint is up to date.

    The music-text embeddings of the training clips are clustered by k-means. The clip nearest to the centre of each
    cluster is taken, and of it the last `duration_s` seconds.

    Args:
        manifest: clip manifest of the corpus; its split "train" is used.
        tokens: shard store of the tokens of each clip.
        music_text: shard store of the music-text embedding of each clip.
        clock: rates and codebook sizes of the tokens.
        models: models folder with the tokenizers and the joint embedding that these were computed with.
        config: number and duration of the excerpts.
        folder: output directory of the checkpoint.

    Returns:
        `folder`.

    Raises:
        ConfigError: if an excerpt would be longer than a clip.
    """
    if config.duration_s > clock.clip_s:
        problem = f"audio_prompts.duration_s is {config.duration_s:g} s, but clips are {clock.clip_s:g} s long."
        raise ConfigError(problem, "Choose a shorter duration.")
    known = set(tokens.clip_ids) & set(music_text.clip_ids)
    train = [clip_id for clip_id in clips_of(manifest, "train") if clip_id in known]
    made_by = fingerprint(REVISION, tokens.fingerprint, music_text.fingerprint, train, config.fingerprint())

    def fit() -> None:
        sounding = [clip_id for clip_id in train if _sounds(tokens, clip_id, config.duration_s)]
        chosen = representatives(music_text.stack(MUSIC_TEXT, sounding), config.count, config.seed)
        clip_ids = [sounding[index] for index in chosen]
        parts = {"semantic_tokenizer": models.semantic_tokenizer, "acoustic_tokenizer": models.codec}
        parts[MUSIC_TEXT] = models.music_text
        about = {
            "made_with": {name: fingerprint_of(path) for name, path in parts.items()},
            "trained_on": describe_clips(manifest, clip_ids),
            "licence": licences_of(manifest, clip_ids),
            "clips": clip_ids,
        }
        excerpts(tokens, music_text, clip_ids, clock, config.duration_s).save(folder, made_by, about)

    return cached_fit(folder, made_by, fit)


def representatives(embeddings: np.ndarray, count: int, seed: int) -> list[int]:
    """Selects embeddings that cover all of them: the nearest to each centre of k-means.

    Args:
        embeddings: [n, width], n >= 1.
        count: maximum number of selected embeddings.
        seed: seed of k-means.

    Returns:
        Ascending indices, at most `count`.
    """
    from sklearn.cluster import KMeans

    if len(embeddings) <= count:
        return list(range(len(embeddings)))
    distances = KMeans(count, n_init=1, random_state=seed).fit(embeddings).transform(embeddings)
    return sorted({int(index) for index in distances.argmin(axis=0)})


def excerpts(
    tokens: ShardReader, music_text: ShardReader, clip_ids: list[str], clock: Clock, duration_s: float
) -> AudioPrompts:
    """Ends of clips as audio prompts.

    Args:
        tokens: tokens of each clip.
        music_text: music-text embedding of each clip.
        clip_ids: ids of the clips.
        clock: rates and codebook sizes of the tokens.
        duration_s: duration of an excerpt, seconds.

    Returns:
        The excerpts, in the order of `clip_ids`.
    """
    semantic = tokens.stack(SEMANTIC, clip_ids)[:, None, -clock.semantic_frames(duration_s) :]
    coarse = tokens.stack(ACOUSTIC, clip_ids)[:, levels_in_codes("coarse", clock.coarse_levels)]
    coarse = coarse[:, :, -clock.acoustic_frames(duration_s) :]
    curves = np.stack([_curve(tokens, clip_id, clock) for clip_id in clip_ids])
    events = curves[:, -clock.event_frames(duration_s) :].astype(np.float16)
    embeddings = music_text.stack(MUSIC_TEXT, clip_ids).astype(np.float16)
    return AudioPrompts(dict(zip(STREAMS, (semantic, coarse), strict=True)), events, embeddings, duration_s)


def _curve(tokens: ShardReader, clip_id: str, clock: Clock) -> np.ndarray:
    times_s = strongest_onsets(tokens.read(clip_id, RISES), KEPT)
    return event_curve(times_s, tokens.read(clip_id, LOUDNESS), clock, clock.clip_s)


def _sounds(tokens: ShardReader, clip_id: str, duration_s: float) -> bool:
    """Whether the end of a clip is music throughout."""
    loudness = tokens.read(clip_id, LOUDNESS)[-round(duration_s * RATE_HZ) :]
    return bool((loudness < SILENCE).mean() <= SILENT_SHARE)
