"""Autoregressive decoding that is deterministic per clip: a seed gives the same tokens in any batch.

Matrix kernels round differently for different numbers of rows, and a difference in the last bit can change a token.
So clips are decoded in groups with a fixed number of rows; the last group is padded with copies of its last clip.

Shapes: `batch` clips, `row` rows of a group (its clips, then padding), `clip` clips of a group, `level` codebooks,
`t` frames.
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
    """Samples tokens from a stage.

    Args:
        model: the stage, on any device; it is set to evaluation mode.
        conditions: values by stream name, one row per clip; absent streams are replaced by null vectors.
        seeds: one seed per clip; a clip's tokens depend only on its conditions, its seed and `rows`.
        t: number of frames in the result, including `prefix`.
        sampling: sampling settings; None uses the stage's default temperature.
        prefix: frames that are already known.
        rows: number of clips decoded at once; a different number can, rarely, change tokens.
        start_s: start of each clip within its window of `clip_s`, in seconds; None for 0.
        progress: label of the progress bar; None hides it.

    Returns:
        The tokens, starting with those of `prefix`, on the CPU.
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
    """Samples tokens block by block from a stage trained on short crops; blocks are decoded in parallel and joined.

    Args:
        model: a stage whose input and output tokens have the same rate, such as the fine stage.
        conditions: token streams of the whole clips.
        seeds: one seed per clip; the seeds of its blocks are derived from it.
        block: frames per block; the last block is full length and overlaps the previous one.
        sampling: see `decode`.
        rows: see `decode`.
        progress: see `decode`.

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
    """Start frames of the blocks of length `block` that cover `t` frames; the last block ends at `t`."""
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
    random_numbers = order.build_pattern_sequence(
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
            # A slice of the heads is a view; indexing with a list of levels would copy megabytes at each step.
            scores = linear(hidden[:, 0], model.heads[active].flatten(0, 1)).view(copies * rows, -1, model.vocab)
            logits = guided(scores + model.bias[active], rows, sampling.guidance)
            # Padding rows are not sampled: unlike a matrix product, sampling treats each row independently.
            shown[:clips, active, step + 1] = sample(logits[:clips], random_numbers[:, active, step], sampling)
    return order.revert_pattern_sequence(shown[:clips, :, 1:])


def _known_steps(
    model: StageModel, order: TokenOrder, rows: int, t: int, prefix: Int[Tensor, "row level t_prefix"] | None
) -> tuple[Int[Tensor, "row level shown"], int]:
    """Decoder input tokens at each step, as far as `prefix` determines them, and the number of known frames."""
    t_known = 0 if prefix is None else min(prefix.shape[-1], t)
    known = torch.full((rows, model.levels, t), model.special, device=model.heads.device)
    if prefix is not None:
        known[:, :, :t_known] = prefix[:, :, :t_known]
    # One special step in front, so that column s is the decoder input at step s.
    return pad(order.build_pattern_sequence(known, model.special), (1, 0), value=model.special), t_known


def _started_cache(model: StageModel, encoded: Encoded, steps: int) -> DecoderCache:
    """Decoder cache for all steps; for a decoder-only model it is prefilled with the conditions."""
    rows, t_memory = encoded.memory.shape[:2]
    if not model.decoder_only:
        return model.transformer.new_cache(encoded.memory, rows, steps)
    cache = model.transformer.new_cache(None, rows, t_memory + steps)
    model.transformer.decode(encoded.memory, cache=cache)
    return cache


def _plan(order: TokenOrder, t_known: int) -> list[slice]:
    """Slice of levels to sample at each step (contiguous in every order); empty where all tokens are known."""
    plan = []
    for step in range(order.steps):
        active = torch.nonzero(order.t_of[:, step] >= t_known)[:, 0].tolist()
        plan.append(slice(active[0], active[-1] + 1) if active else slice(0, 0))
    return plan
