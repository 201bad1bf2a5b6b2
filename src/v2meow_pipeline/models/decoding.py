"""Decoding: the same seed gives the same tokens, whatever else is decoded beside it.

Matrix kernels round differently for different numbers of rows, and a difference in the last bit can flip a token.
So clips are decoded in groups of a fixed number of rows, the last group filled up with copies of its last clip.

Shapes: `batch` clips, `row` rows of a group, of which the first are its `clip`s, `level` codebooks, `t` frames.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import linear, pad

from v2meow_pipeline.models.guidance import encode_both, guided
from v2meow_pipeline.models.patterns import TokenOrder
from v2meow_pipeline.models.refinement import refine_group
from v2meow_pipeline.models.sampling import SamplingConfig, sample, uniforms
from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel
from v2meow_pipeline.models.transformer import DecoderCache
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

ROWS = 8


def decode(
    model: StageModel,
    conditions: Conditions,
    seeds: Sequence[int],
    t: int,
    sampling: SamplingConfig | None = None,
    prefix: Int[Tensor, "batch level t_prefix"] | None = None,
    rows: int = ROWS,
    start_s: Sequence[float] | None = None,
    progress: str | None = None,
) -> Int[Tensor, "batch level t"]:
    """Tokens of a stage.

    Args:
        model: the stage, wherever it lies; it is left in evaluation mode.
        conditions: by stream name, one row a clip; absent streams count as unknown.
        seeds: one a clip; a clip's tokens depend on its conditions, its seed and `rows` alone.
        t: frames to make, those of `prefix` included.
        sampling: temperature and truncation; None takes the stage's temperature.
        prefix: frames that are already decided.
        rows: clips decoded at once. Another number may give other tokens, in rare cases.
        start_s: where in its window of `clip_s` each clip starts, seconds; None for 0.
        progress: what the progress display calls it; None shows nothing.

    Returns:
        The tokens, those of `prefix` first, on the CPU.
    """
    model.eval()
    device = model.heads.device
    sampling = sampling or SamplingConfig(temperature=model.spec.temperature)
    groups = [list(range(start, min(start + rows, len(seeds)))) for start in range(0, len(seeds), rows)]
    done = []
    for number, group in enumerate(groups, start=1):
        index = torch.tensor(group + group[-1:] * (rows - len(group)))
        label = None if progress is None else f"{progress} {number}/{len(groups)}" if len(groups) > 1 else progress
        decode_group = refine_group if model.masked else _decode_group
        tokens = decode_group(
            model,
            {name: values[index.to(values.device)].to(device) for name, values in conditions.items()},
            [seeds[i] for i in group],
            t,
            sampling,
            None if prefix is None else prefix[index.to(prefix.device)].to(device),
            None if start_s is None else torch.tensor([start_s[i] for i in index.tolist()], device=device),
            rows,
            label,
        )
        done.append(tokens.cpu())
    return torch.cat(done) if done else torch.empty(0, model.levels, t, dtype=torch.long)


def decode_in_blocks(
    model: StageModel,
    conditions: Mapping[str, Int[Tensor, "batch level_in t"]],
    seeds: Sequence[int],
    block: int,
    sampling: SamplingConfig | None = None,
    rows: int = ROWS,
    progress: str | None = None,
) -> Int[Tensor, "batch level t"]:
    """Tokens of a stage that works on short crops: all blocks of all clips are decoded at once and joined.

    Args:
        model: a stage whose inputs have the rate of its output, as the fine stage's have.
        conditions: token streams of the whole clips.
        seeds: one a clip; each block's is derived from it.
        block: frames of a block; the last block overlaps the one before it rather than being short.
        sampling: as in `decode`.
        rows: as in `decode`.
        progress: as in `decode`.

    Returns:
        The tokens of the whole clips.
    """
    t = next(iter(conditions.values())).shape[-1]
    starts = block_starts(t, block)
    block = min(block, t)
    cut = {
        name: torch.stack([row[:, start : start + block] for row in values for start in starts])
        for name, values in conditions.items()
    }
    block_seeds = [derive_seed(seed, "block", index) for seed in seeds for index in range(len(starts))]
    starts_s = [start / model.rate_hz for _ in seeds for start in starts]
    tokens = decode(model, cut, block_seeds, block, sampling, rows=rows, start_s=starts_s, progress=progress)
    joined = torch.empty(len(seeds), model.levels, t, dtype=torch.long, device=tokens.device)
    for index, start in reversed(list(enumerate(starts))):
        joined[:, :, start : start + block] = tokens[index :: len(starts)]
    return joined


def block_starts(t: int, block: int) -> list[int]:
    """First frames of the blocks of length `block` that cover `t` frames; the last ends at `t`."""
    if t <= block:
        return [0]
    return [*range(0, t - block, block), t - block]


@torch.inference_mode()
def _decode_group(
    model: StageModel,
    conditions: Conditions,
    seeds: Sequence[int],
    t: int,
    sampling: SamplingConfig,
    prefix: Int[Tensor, "row level t_prefix"] | None,
    start_s: Float[Tensor, "row"] | None,
    rows: int,
    progress: str | None,
) -> Int[Tensor, "clip level t"]:
    order, device, clips = model.order(t), model.heads.device, len(seeds)
    encoded = encode_both(model, conditions, rows, t, start_s, sampling.guidance)
    drawn_with = order.build_pattern_sequence(
        torch.stack([uniforms(seed, t, model.levels) for seed in seeds]).to(device), 0
    )
    shown, t_known = _known_steps(model, order, rows, t, prefix)
    cache = _started_cache(model, encoded, order.steps)
    copies = len(encoded.decoder_bias) // rows
    first = order.first_open_step(t_known)
    if first > 0:
        inputs = model.tokens(shown[:, :, :first]).repeat(copies, 1, 1) + encoded.decoder_bias[:, :first]
        model.transformer.decode(inputs, cache=cache)
    plan = _plan(order, t_known)
    steps = range(first, order.steps)
    for step in steps if progress is None else track(steps, progress):
        inputs = (
            model.tokens(shown[:, :, step : step + 1]).repeat(copies, 1, 1) + encoded.decoder_bias[:, step : step + 1]
        )
        hidden = model.transformer.decode(inputs, cache=cache)
        active = plan[step]
        if active.stop:
            # A slice of the heads is a view; indexing by level would copy megabytes at each step.
            scores = linear(hidden[:, 0], model.heads[active].flatten(0, 1)).view(copies * rows, -1, model.vocab)
            logits = guided(scores + model.bias[active], rows, sampling.guidance)
            # Rows that only fill the group are not drawn: sampling, unlike a matrix product, treats rows one by one.
            shown[:clips, active, step + 1] = sample(logits[:clips], drawn_with[:, active, step], sampling)
    return order.revert_pattern_sequence(shown[:clips, :, 1:])


def _known_steps(
    model: StageModel, order: TokenOrder, rows: int, t: int, prefix: Int[Tensor, "row level t_prefix"] | None
) -> tuple[Int[Tensor, "row level shown"], int]:
    """What the decoder is shown at each step, as far as it is known, and how many frames are."""
    t_known = 0 if prefix is None else min(prefix.shape[-1], t)
    known = torch.full((rows, model.levels, t), model.special, device=model.heads.device)
    if prefix is not None:
        known[:, :, :t_known] = prefix[:, :, :t_known]
    # One more step in front, so that column s is what the decoder is shown at step s.
    return pad(order.build_pattern_sequence(known, model.special), (1, 0), value=model.special), t_known


def _started_cache(model: StageModel, encoded: Encoded, steps: int) -> DecoderCache:
    """A cache for all steps; a decoder-only model has read its conditions."""
    rows, t_memory = encoded.memory.shape[:2]
    if not model.decoder_only:
        return model.transformer.new_cache(encoded.memory, rows, steps)
    cache = model.transformer.new_cache(None, rows, t_memory + steps)
    model.transformer.decode(encoded.memory, cache=cache)
    return cache


def _plan(order: TokenOrder, t_known: int) -> list[slice]:
    """The levels that are drawn at each step: neighbours in every order; none where all is known."""
    plan = []
    for step in range(order.steps):
        active = torch.nonzero(order.t_of[:, step] >= t_known)[:, 0].tolist()
        plan.append(slice(active[0], active[-1] + 1) if active else slice(0, 0))
    return plan
