"""Music that continues the end of an earlier piece: its last seconds are tokens before the first window.

Shapes: `level` codebooks, `t` frames of a stream.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.composer.composer import Composer, Features
from v2meow_pipeline.composer.window_features import delayed
from v2meow_pipeline.composer.windows import ClipWindow, cover_span, overlap_s
from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.media.audio import read_audio
from v2meow_pipeline.media.loudness import loudness_lufs
from v2meow_pipeline.media.source import display_name
from v2meow_pipeline.metrics.silence import silent_share
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.stages import levels_in_codes, token_frames
from v2meow_pipeline.tokenizers.semantic import SemanticTokenizer

Lead = Mapping[str, Tensor]
# Usual loudness of the training music, LUFS (synthetic/render.py: -28 to -13); outputs are normalised to another.
TRAINED_LUFS = -20.0


def lead_s(composer: Composer) -> float:
    """Duration of earlier music that is continued, in seconds: the overlap of windows, a whole number of features."""
    return overlap_s(composer.clock, composer.config.overlap)


def encode_lead(composer: Composer, path: Path, fade_out_s: float) -> dict[str, Tensor]:
    """Tokens of the end of a piece of music.

    Args:
        composer: composer of the models.
        path: sound file, or video with sound.
        fade_out_s: duration of the fade-out at its end, seconds, which is left out.

    Returns:
        int64 [1, level, t] by stream name, `lead_s` long.

    Raises:
        MediaError: if the file cannot be read or has no sound; reason "silent" or "too_short" for too little of it.
    """
    clock, wanted_s = composer.clock, lead_s(composer)
    wave = read_audio(path, clock.sample_rate_hz)
    wave = wave[: len(wave) - clock.samples(fade_out_s)]
    count = clock.samples(wanted_s)
    if len(wave) < count:
        problem = f"{display_name(path)} has less than {wanted_s + fade_out_s:g} s of music to continue."
        raise MediaError("too_short", problem, "Continue a longer piece.")
    if silent_share(wave[-count:], clock.sample_rate_hz) == 1.0:
        raise MediaError("silent", f"The end of {display_name(path)} is silent.", "Cut the silence off first.")
    return _encode(composer, _at_usual_loudness(wave, clock.sample_rate_hz)[-count:])


def windows_after(composer: Composer, duration_s: float, cuts_s: Sequence[float] = ()) -> list[ClipWindow]:
    """Windows of a video after a lead; their times count from the start of the lead.

    Args:
        composer: composer of the models.
        duration_s: duration of the video, seconds.
        cuts_s: see `windows.cover`.

    Returns:
        Windows in order; the first one overlaps the lead.
    """
    clock, lead = composer.clock, lead_s(composer)
    bounds = [0.0, *(clock.semantic_frames(cut_s) / clock.semantic_hz for cut_s in cuts_s), duration_s]
    overlap = composer.config.overlap
    return [
        window for start, end in pairwise(bounds) for window in cover_span(lead + start, lead + end, clock, overlap)
    ]


def in_video(window: ClipWindow, lead: float) -> ClipWindow:
    """A window of `windows_after` in the time of the video; one that starts before the video is moved to its start."""
    return ClipWindow(max(0.0, window.start_s - lead), window.known_s)


def shifted(features: Features, window: ClipWindow, lead: float, clip_s: float) -> Features:
    """Features of a window that starts before the video: the first values are held until the video starts.

    Args:
        features: features of the window moved to the start of the video (`in_video`), each as [1, t, width].
        window: the window, in time from the start of the lead.
        lead: duration of the lead, seconds.
        clip_s: duration of a window, seconds.

    Returns:
        Features of the window, of the same shapes.
    """
    early_s = lead - window.start_s
    if early_s <= 0:
        return features
    return delayed(features, early_s / clip_s)


def _encode(composer: Composer, wave: np.ndarray) -> dict[str, Tensor]:
    clock, stages = composer.clock, composer.bundle.stages
    codes = composer.bundle.codec.encode(wave)
    tokens = {}
    for name in stages:
        if name == "semantic":
            found = SemanticTokenizer.load(ModelStore(composer.bundle.folder).semantic_tokenizer, clock).encode(wave)[
                None
            ]
        else:
            found = codes[levels_in_codes(name, clock.coarse_levels)]
        tokens[name] = torch.from_numpy(np.asarray(found, np.int64))[None]
        assert tokens[name].shape[-1] == token_frames(stages[name].spec.output, clock, lead_s(composer))
    return tokens


def _at_usual_loudness(wave: np.ndarray, sample_rate_hz: int) -> np.ndarray:
    """Scales a waveform to the loudness of the training music; tokens depend on it."""
    measured = loudness_lufs(wave, sample_rate_hz)
    return wave if not np.isfinite(measured) else wave * np.float32(10 ** ((TRAINED_LUFS - measured) / 20))
