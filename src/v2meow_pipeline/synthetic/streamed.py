"""Streamed clips: clips without a video file, whose audio and video are rendered from the plan on demand.

The manifest holds the address of a streamed clip in place of a file path. Rendering on demand is faster than writing
and decoding a video, and needs no disk space. The frames of half of the clips are compressed with H.264 in memory, at
various qualities, since features of visual encoders depend on compression; the audio is not compressed.
"""

import hashlib
import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import NamedTuple
from urllib.parse import parse_qsl, urlencode

import numpy as np
from jaxtyping import Float

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import Config
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.media.recompress import recompressed
from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.seeding import derive_seed
from v2meow_pipeline.source_video import SourceVideo, Split
from v2meow_pipeline.synthetic.annotation import GENERATOR_VERSION, LICENCE, annotation, clip_fingerprint
from v2meow_pipeline.synthetic.compose import compose
from v2meow_pipeline.synthetic.plan import ClipPlan, SyntheticConfig, plan_clip
from v2meow_pipeline.synthetic.render import render_audio
from v2meow_pipeline.synthetic.theory import KEY_NAMES

SCHEME = "synthetic:?"
SPLIT: Split = "train"
CAPTIONS_PER_JOB = 64
CODED_SHARE = 0.5
CRF = (18, 32)


class StreamedClip(Config):
    """Address of a streamed clip: the corpus settings that it depends on, and its index.

    Attributes:
        seed: seed of the corpus.
        index: index of the clip in the training split.
        source_s: duration of the clip, seconds.
        width: frame width, pixels.
        height: frame height, pixels.
        fps: frame rate, Hz.
        unsynced_share: `unsynced_share` of the corpus.
        pictures: whether its video is used, which takes most of the rendering time.
    """

    seed: int
    index: int
    source_s: float
    width: int
    height: int
    fps: int
    unsynced_share: float
    pictures: bool = True

    def corpus(self) -> SyntheticConfig:
        """Configuration of the corpus of the clip."""
        return SyntheticConfig.parse(self.model_dump(exclude={"index", "pictures"}))

    def plan(self) -> ClipPlan:
        """Plan of the clip."""
        return plan_clip(self.corpus(), SPLIT, self.index)

    @property
    def address(self) -> str:
        """Address of the clip, parsed by `streamed_clip`."""
        return SCHEME + urlencode(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """Hash of everything that determines the audio and video, regardless of `pictures`."""
        content = [GENERATOR_VERSION, self.model_dump(mode="json", exclude={"pictures"})]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Captioned(NamedTuple):
    """Fingerprint and caption of a clip."""

    fingerprint: str
    caption: str


def is_streamed(path: str) -> bool:
    """Whether a path of the manifest is the address of a streamed clip."""
    return path.startswith(SCHEME)


def has_pictures(path: str) -> bool:
    """Whether a path of the manifest has video: true for files, and for streamed clips unless they are audio only."""
    return not is_streamed(path) or streamed_clip(path).pictures


def streamed_clip(path: str) -> StreamedClip:
    """Parses the address of a streamed clip.

    Args:
        path: path of the manifest for which `is_streamed` is true.

    Returns:
        Streamed clip.

    Raises:
        ConfigError: if the address is invalid.
    """
    return StreamedClip.parse(dict(parse_qsl(path.removeprefix(SCHEME), keep_blank_values=True)))


def collect_streamed(config: SyntheticConfig, folder: Path) -> list[SourceVideo]:
    """Collects the streamed clips of a corpus; their captions are computed once and cached.

    Args:
        config: corpus configuration.
        folder: directory of the corpus videos, which also holds the caption cache.

    Returns:
        Records of clips with video, then of clips with audio only; their indices follow those of the training videos.
    """
    first, counts = config.clips.train, (config.clips.streamed, config.clips.streamed_sound)
    shared = config.model_dump(include={"seed", "source_s", "width", "height", "fps", "unsynced_share"})
    clips = [
        StreamedClip.parse({**shared, "index": first + number, "pictures": number < counts[0]})
        for number in range(sum(counts))
    ]
    captions = _captions(clips, config, folder)
    return [_record(clip, caption) for clip, caption in zip(clips, captions, strict=True)]


def sound(path: str, sample_rate_hz: int, start_s: float, duration_s: float) -> Float[np.ndarray, " n"]:
    """Renders the audio of a streamed clip.

    Args:
        path: address of the clip.
        sample_rate_hz: output sample rate, Hz.
        start_s: start time, seconds since the start of the clip.
        duration_s: duration, seconds; padded with silence beyond the end of the clip.

    Returns:
        float32 mono, round(duration_s * sample_rate_hz) samples.
    """
    clip = streamed_clip(path)
    plan = clip.plan()
    wave = render_audio(plan, compose(plan), sample_rate_hz).mean(axis=1)
    first, count = round(start_s * sample_rate_hz), round(duration_s * sample_rate_hz)
    part = wave[first : first + count]
    return np.pad(part, (0, count - len(part))).astype(np.float32)


def pictures(path: str, specs: Mapping[str, FrameSpec], start_s: float, duration_s: float) -> dict[str, SampledFrames]:
    """Renders and samples the frames of a streamed clip, like `media.decode.iter_clip_frames` for files.

    Args:
        path: address of the clip.
        specs: frame specifications by name.
        start_s: start time, seconds since the first frame.
        duration_s: duration, seconds; beyond the end of the clip, the last frame is repeated.

    Returns:
        Sampled frames by name of specification.

    Raises:
        V2MeowError: if the clip is audio only.
    """
    clip = streamed_clip(path)
    if not clip.pictures:
        raise V2MeowError(f"Streamed clip {clip.index} has audio only.", "Request video of clips that have it.")
    frames = _frames(clip)
    return {name: _sampled(frames, clip.fps, spec, start_s, duration_s) for name, spec in specs.items()}


def _frames(clip: StreamedClip) -> list[np.ndarray]:
    from v2meow_pipeline.synthetic.scenes import render_frames

    plan = clip.plan()
    frames = list(render_frames(plan, compose(plan).timing, clip.width, clip.height, clip.fps))
    rng = np.random.default_rng(derive_seed(plan.look_seed, "compression"))
    return recompressed(frames, clip.fps, int(rng.integers(*CRF))) if rng.random() < CODED_SHARE else frames


def _sampled(frames: list[np.ndarray], fps: int, spec: FrameSpec, start_s: float, duration_s: float) -> SampledFrames:
    from av.video.frame import VideoFrame

    from v2meow_pipeline.media.picture import Renderer

    sample_times_s = start_s + np.arange(max(1, round(duration_s * spec.fps))) / spec.fps
    # A frame is on screen from its own time on, with a small tolerance for rounding, as in decoding.
    shown = np.clip(np.floor(sample_times_s * fps + 1e-3).astype(int), 0, len(frames) - 1)
    renderer = Renderer(spec, None)
    rendered = {
        index: renderer.render(VideoFrame.from_ndarray(frames[index], format="rgb24").reformat(format="yuv420p"))
        for index in np.unique(shown).tolist()
    }
    return SampledFrames(np.stack([rendered[index] for index in shown.tolist()]), shown / fps - start_s)


def _record(clip: StreamedClip, caption: str) -> SourceVideo:
    plan = clip.plan()
    return SourceVideo(
        source_id=plan.source_id,
        path=clip.address,
        corpus="synthetic",
        split=plan.split,
        genre=plan.genre,
        caption=caption,
        licence=LICENCE,
        tempo_bpm=plan.tempo_bpm,
        energy=round(plan.mean_energy, 4),
        key=KEY_NAMES[plan.key],
        mode=plan.mode,
    )


def _captions(clips: list[StreamedClip], config: SyntheticConfig, folder: Path) -> list[str]:
    """Captions from the cache, or from composing the music of new clips, whose instruments they name."""
    cache_path = folder / "streamed_captions.json"
    try:
        cached: dict[str, str] = json.loads(cache_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        cached = {}
    keys = [clip_fingerprint(clip.plan(), config) for clip in clips]
    new = [clip for clip, key in zip(clips, keys, strict=True) if key not in cached]
    jobs = [new[first : first + CAPTIONS_PER_JOB] for first in range(0, len(new), CAPTIONS_PER_JOB)]
    for part in parallel_map(partial(_describe, config=config), jobs, config.workers, "captions"):
        cached.update(part)
    if new:
        write_text(cache_path, json.dumps(cached))
    return [cached[key] for key in keys]


def _describe(clips: list[StreamedClip], config: SyntheticConfig) -> list[Captioned]:
    plans = [clip.plan() for clip in clips]
    return [
        Captioned(clip_fingerprint(plan, config), annotation(plan, compose(plan), config)["caption"]) for plan in plans
    ]
