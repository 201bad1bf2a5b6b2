"""Generates a span of an earlier result anew, and keeps the rest of its sound.

The new tokens continue those before the span. Of several candidates, the one is taken after which the models find the
kept tokens most likely. At both ends, old and new sound are cross-faded where they have the same tokens, so there is
neither a click nor a mixture of two pieces.

Shapes: `batch` candidates, `level` codebooks, `t` frames of a stream.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.composer.composer import Composer, Features
from v2meow_pipeline.composer.continuation import in_video, shifted
from v2meow_pipeline.composer.prompted_windows import PromptedWindows, PromptInserter
from v2meow_pipeline.composer.recipe import Redone
from v2meow_pipeline.composer.reproduction import Piece
from v2meow_pipeline.composer.span import Span
from v2meow_pipeline.composer.style import Style, embed_styles
from v2meow_pipeline.composer.take_selection import repeated
from v2meow_pipeline.composer.window_styles import window_styles
from v2meow_pipeline.composer.windows import ClipWindow, cover_span
from v2meow_pipeline.models.stage_model import Conditions, StageModel
from v2meow_pipeline.models.stages import token_frames
from v2meow_pipeline.seeding import derive_seed

# Cross-fade at each end of the span; three semantic tokens.
FADE_S = 0.12
CANDIDATES = 4


def redo_tokens(piece: Piece, redone: Redone) -> Piece:
    """Generates the tokens of a span anew.

    Args:
        piece: the piece.
        redone: span, seed and prompt.

    Returns:
        The piece with new tokens from `FADE_S` after the start of the span to `FADE_S` before its end; there is no fade
        at the start and at the end of the video.
    """
    composer, offset_s = piece.composer, piece.plan.lead_s if piece.plan.lead else 0.0
    inner = inner_span(Span(redone.start_s, redone.end_s), piece.duration_s)
    hz = composer.clock.semantic_hz
    # Rounded up at the end, so that no old token remains at the end of the video.
    first_s, last_s = offset_s + round(inner.start_s * hz) / hz, offset_s + math.ceil(inner.end_s * hz - 1e-6) / hz
    style = piece.plan.style if redone.prompt is None else Style(redone.prompt, (), piece.plan.style.reference)
    cuts_s = [offset_s + round(cut_s * hz) / hz for cut_s in style.cuts_s(piece.duration_s)]
    windows = _windows(piece, [first_s, *(cut_s for cut_s in cuts_s if first_s < cut_s < last_s), last_s])
    seeds = [derive_seed(redone.seed, "redo", index) for index in range(redone.candidates)]
    span = PromptedWindows(windows, *_inputs(piece, windows, offset_s, style, len(seeds)), [], 0.0)
    if redone.prompt is not None and composer.bundle.audio_prompts is not None:
        inserter = PromptInserter(composer.bundle.audio_prompts, composer.clock, composer.config)
        span = inserter.replace_known(span, seeds)
    tokens = dict(piece.tokens)
    for name, model in composer.bundle.stages.items():
        if name == "fine":
            new = composer.refine(tokens["coarse"], seeds)
        else:
            made = {stream: values.expand(len(seeds), -1, -1) for stream, values in tokens.items()}
            conditions = composer.conditions(model, span.seen, made, windows, span.styles)
            before = made[name][:, :, : token_frames(model.spec.output, composer.clock, first_s)]
            first, *later = span.tokens_of(name) or [None]
            if first is not None:
                before = torch.cat([before[:, :, : before.shape[2] - first.shape[2]], first], dim=2)
            new, _ = composer.sample(model, conditions, windows, seeds, [before, *later])
        joined = _joined(tokens[name], new, model, composer, first_s, last_s)
        if len(seeds) > 1:
            best = _best(composer.clock, model, conditions[-1], windows[-1], joined, last_s)
            joined, seeds, span = joined[best : best + 1], seeds[best : best + 1], span.of_clip(best)
        tokens[name] = joined
    return piece._replace(tokens=tokens)


def _windows(piece: Piece, bounds_s: Sequence[float]) -> list[ClipWindow]:
    """Windows of a span between bounds; those that would end after the tokens of the piece start earlier."""
    clock = piece.composer.clock
    latest_s = piece.plan.windows[-1].start_s
    parts = pairwise(bounds_s)
    windows = [window for part in parts for window in cover_span(*part, clock, piece.composer.config.overlap)]
    starts_s = [min(window.start_s, latest_s) for window in windows]
    return [ClipWindow(start, window.new_s - start) for start, window in zip(starts_s, windows, strict=True)]


def inner_span(span: Span, duration_s: float) -> Span:
    """Part of a span between the cross-fades at its ends; none at the start and the end of the video."""
    return Span(
        span.start_s + (FADE_S if span.start_s > 0 else 0.0),
        span.end_s - (FADE_S if span.end_s < duration_s else 0.0),
    )


def _inputs(
    piece: Piece, windows: Sequence[ClipWindow], offset_s: float, style: Style, candidates: int
) -> tuple[list[Features], list[np.ndarray | None]]:
    """Features and music-text embeddings of the windows of a span, for each candidate."""
    composer, clip_s = piece.composer, piece.composer.clock.clip_s
    seen = piece.features([in_video(window, offset_s) for window in windows])
    features = [shifted(part, window, offset_s, clip_s) for part, window in zip(seen, windows, strict=True)]
    given = embed_styles(composer, style, [ClipWindow(window.new_s - offset_s, 0.0) for window in windows])
    styles = window_styles(given, features, composer.bundle.predictor)
    texts = [None if text is None else np.repeat(text, candidates, axis=0) for text in styles]
    return repeated(features, candidates), texts


def _joined(old: Tensor, new: Tensor, model: StageModel, composer: Composer, first_s: float, last_s: float) -> Tensor:
    """Old tokens with new ones from `first_s` to `last_s`, for each candidate."""
    start, stop = (token_frames(model.spec.output, composer.clock, bound) for bound in (first_s, last_s))
    stop = min(stop, old.shape[2])
    kept = old.expand(len(new), -1, -1)
    return torch.cat([kept[:, :, :start], new[:, :, start:stop], kept[:, :, stop:]], dim=2)


@torch.inference_mode()
def _best(
    clock: Clock, model: StageModel, conditions: Conditions, window: ClipWindow, joined: Tensor, last_s: float
) -> int:
    """Index of the candidate after which the kept tokens of the window are most likely; 0 if nothing is kept."""
    first, t, new = (token_frames(model.spec.output, clock, s) for s in (window.start_s, clock.clip_s, last_s))
    tokens = joined[:, :, first : first + t].to(model.heads.device)
    if new - first >= tokens.shape[2]:
        return 0
    logits = model({name: values.to(model.heads.device) for name, values in conditions.items()}, tokens).logits
    likelihood = torch.log_softmax(logits.double(), dim=-1).gather(-1, tokens[..., None])[..., 0]
    return int(likelihood[:, :, new - first :].mean(dim=(1, 2)).argmax())
