"""Clips without a video file: sound and pictures made from the plan whenever they are needed.

A clip's address stands in the manifest where the path of a video would stand. Making sound and pictures anew takes
less time than writing and decoding a video, and no disk. The pictures of half of the clips are coded as H.264 in
memory, at various qualities, since features of image networks depend on it; the sound has not passed an encoder.
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
from v2meow_pipeline.corpus.record import SourceVideo, Split
from v2meow_pipeline.corpus.sources.synthetic.annotation import GENERATOR_VERSION, LICENCE, annotation, clip_fingerprint
from v2meow_pipeline.corpus.sources.synthetic.compose import compose
from v2meow_pipeline.corpus.sources.synthetic.plan import ClipPlan, SyntheticConfig, plan_clip
from v2meow_pipeline.corpus.sources.synthetic.render import render_audio
from v2meow_pipeline.corpus.sources.synthetic.theory import KEY_NAMES
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.decode import FrameSpec, SampledFrames
from v2meow_pipeline.media.recompress import recompressed
from v2meow_pipeline.parallel import parallel_map
from v2meow_pipeline.seeding import derive_seed

SCHEME = "synthetic:?"
SPLIT: Split = "train"
CAPTIONS_PER_JOB = 64
CODED_SHARE = 0.5
CRF = (18, 32)


class StreamedClip(Config):
    """What an address says: the configuration of the corpus as far as a clip depends on it, and which clip.

    Attributes:
        seed: of the corpus.
        index: of the clip in the training split.
        source_s: its duration, seconds.
        width: of its pictures, pixels.
        height: of its pictures, pixels.
        fps: of its pictures.
        unsynced_share: of the corpus.
        pictures: whether its pictures are used; they take most of the time.
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
        """The corpus that the clip belongs to."""
        return SyntheticConfig.parse(self.model_dump(exclude={"index", "pictures"}))

    def plan(self) -> ClipPlan:
        """The clip's plan."""
        return plan_clip(self.corpus(), SPLIT, self.index)

    @property
    def address(self) -> str:
        """What `streamed_clip` reads."""
        return SCHEME + urlencode(self.model_dump(mode="json"))

    @property
    def sha256(self) -> str:
        """Of all that decides sound and pictures; whether the latter are used has no bearing."""
        content = [GENERATOR_VERSION, self.model_dump(mode="json", exclude={"pictures"})]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


class Captioned(NamedTuple):
    """A caption, and the fingerprint of the clip that it belongs to."""

    fingerprint: str
    caption: str


def is_streamed(path: str) -> bool:
    """Whether a path of the manifest is the address of a clip without a file."""
    return path.startswith(SCHEME)


def has_pictures(path: str) -> bool:
    """Whether a row of the manifest has pictures: every video file does, and every streamed clip that uses them."""
    return not is_streamed(path) or streamed_clip(path).pictures


def streamed_clip(path: str) -> StreamedClip:
    """The clip of an address.

    Args:
        path: of the manifest, see `is_streamed`.

    Returns:
        The clip. An address that is none is a ConfigError.
    """
    return StreamedClip.parse(dict(parse_qsl(path.removeprefix(SCHEME), keep_blank_values=True)))


def collect_streamed(config: SyntheticConfig, folder: Path) -> list[SourceVideo]:
    """A record for each streamed clip; its captions are computed once and kept in the folder.

    Args:
        config: how many, and their character.
        folder: of the videos; captions are kept there.

    Returns:
        Clips with pictures, then clips of sound alone; their indices follow those of the training videos.
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
    """The sound of a streamed clip.

    Args:
        path: its address.
        sample_rate_hz: samples a second.
        start_s: seconds since the clip's first instant.
        duration_s: seconds wanted; beyond the clip there is silence.

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
    """The pictures of a streamed clip, as `media.decode.iter_clip_frames` gives those of a file.

    Args:
        path: its address.
        specs: what is wanted, by name.
        start_s: seconds since the clip's first frame.
        duration_s: seconds wanted; beyond the clip its last frame is held.

    Returns:
        Frames by name of spec.

    Raises:
        V2MeowError: when the clip was planned without pictures.
    """
    clip = streamed_clip(path)
    if not clip.pictures:
        raise V2MeowError(f"Clip {clip.index} is of sound alone.", "Ask for pictures of other clips.")
    frames = _frames(clip)
    return {name: _sampled(frames, clip.fps, spec, start_s, duration_s) for name, spec in specs.items()}


def _frames(clip: StreamedClip) -> list[np.ndarray]:
    from v2meow_pipeline.corpus.sources.synthetic.scenes import render_frames

    plan = clip.plan()
    frames = list(render_frames(plan, compose(plan).timing, clip.width, clip.height, clip.fps))
    rng = np.random.default_rng(derive_seed(plan.look_seed, "compression"))
    return recompressed(frames, clip.fps, int(rng.integers(*CRF))) if rng.random() < CODED_SHARE else frames


def _sampled(frames: list[np.ndarray], fps: int, spec: FrameSpec, start_s: float, duration_s: float) -> SampledFrames:
    from av.video.frame import VideoFrame

    from v2meow_pipeline.media.picture import Renderer

    wanted_s = start_s + np.arange(max(1, round(duration_s * spec.fps))) / spec.fps
    # A frame is on screen from its own time on; half a tick of rounding is forgiven, as in decoding.
    shown = np.clip(np.floor(wanted_s * fps + 1e-3).astype(int), 0, len(frames) - 1)
    renderer = Renderer(spec, None)
    drawn = {
        index: renderer.render(VideoFrame.from_ndarray(frames[index], format="rgb24").reformat(format="yuv420p"))
        for index in np.unique(shown).tolist()
    }
    return SampledFrames(np.stack([drawn[index] for index in shown.tolist()]), shown / fps - start_s)


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
    """Captions name the instruments that are heard, so the music has to be composed: once, then they are kept."""
    kept_at = folder / "streamed_captions.json"
    try:
        known: dict[str, str] = json.loads(kept_at.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    keys = [clip_fingerprint(clip.plan(), config) for clip in clips]
    new = [clip for clip, key in zip(clips, keys, strict=True) if key not in known]
    jobs = [new[first : first + CAPTIONS_PER_JOB] for first in range(0, len(new), CAPTIONS_PER_JOB)]
    for part in parallel_map(partial(_describe, config=config), jobs, config.workers, "captions"):
        known.update(part)
    if new:
        write_text(kept_at, json.dumps(known))
    return [known[key] for key in keys]


def _describe(clips: list[StreamedClip], config: SyntheticConfig) -> list[Captioned]:
    plans = [clip.plan() for clip in clips]
    return [
        Captioned(clip_fingerprint(plan, config), annotation(plan, compose(plan), config)["caption"]) for plan in plans
    ]
