"""Autoregressive decoding that is deterministic per clip: a seed gives the same tokens in any batch.

A difference in the last bit of the logits can change a token, and matrix kernels round differently for different
numbers of rows. So clips are encoded one by one, and decoded together by an `IncrementalDecoder`, whose rows are
independent.

Shapes: `batch` clips, `clip` clips of a group, `level` codebooks, `t` frames.
"""

from collections.abc import Mapping, Sequence

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn.functional import embedding, pad

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.models.guidance import encode_both, guided
from v2meow_pipeline.models.incremental import IncrementalDecoder
from v2meow_pipeline.models.matrix_kernels import FULL, ProductPrecision
from v2meow_pipeline.models.patterns import TokenOrder
from v2meow_pipeline.models.refinement import refine_group
from v2meow_pipeline.models.row_products import RowProduct
from v2meow_pipeline.models.sampling import SamplingConfig, sample, uniforms
from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

ROWS = 16


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
        seeds: one seed per clip; a clip's tokens depend only on its conditions and its seed.
        t: number of frames in the result, including `prefix`.
        sampling: sampling settings; None uses the stage's default temperature.
        prefix: frames that are already known.
        rows: maximum number of clips decoded together; does not change tokens.
        start_s: start of each clip within its window of `clip_s`, in seconds; None for 0.
        progress: label of the progress bar; None hides it.

    Returns:
        The tokens, starting with those of `prefix`, on the CPU.

    Raises:
        ConfigError: for a precision that the device or the stage does not support.
    """
    model.eval()
    device = model.heads.device
    sampling = sampling or SamplingConfig(temperature=model.spec.temperature)
    if model.masked and sampling.precision != FULL:
        raise ConfigError(
            f"A stage with the masked pattern is computed in {FULL}, not in {sampling.precision}.",
            f"Set sampling.{model.spec.name}.precision: {FULL}.",
        )
    size = 1 if model.masked else rows
    groups = [slice(start, min(start + size, len(seeds))) for start in range(0, len(seeds), size)]
    decode_group = refine_group if model.masked else _decode_group
    done = []
    for number, group in enumerate(groups, start=1):
        label = None if progress is None else f"{progress} {number}/{len(groups)}" if len(groups) > 1 else progress
        tokens = decode_group(
            model,
            {name: values[group].to(device) for name, values in conditions.items()},
            seeds[group],
            t,
            sampling,
            None if prefix is None else prefix[group].to(device),
            None if start_s is None else torch.tensor(start_s[group], device=device),
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
    prefix: Int[Tensor, "clip level t_prefix"] | None,
    start_s: Float[Tensor, "clip"] | None,
    progress: str | None,
) -> Int[Tensor, "clip level t"]:
    order, device, clips = model.order(t), model.heads.device, len(seeds)
    encoded = encode_both(model, conditions, clips, t, start_s, sampling.guidance)
    random_numbers = order.build_pattern_sequence(
        torch.stack([uniforms(seed, t, model.levels) for seed in seeds]).to(device), 0
    )
    shown, t_known = _known_steps(model, order, clips, t, prefix)
    inputs = _DecoderInputs(model, encoded, clips)
    first = order.first_open_step(t_known)
    decoder = _started_decoder(model, encoded, inputs.until(shown, first), order.steps, sampling.precision)
    plan = _plan(order, t_known)
    heads = _heads(model, plan, len(decoder.padded), sampling.precision)
    steps = range(first, order.steps)
    for step in steps if progress is None else track(steps, progress):
        hidden = decoder.step(inputs.at(shown, step))
        active = plan[step]
        if active.stop:
            scores = heads[active.start, active.stop](hidden, model.bias[active].reshape(1, -1))
            scores = scores[: decoder.rows].view(decoder.rows, -1, model.vocab)
            logits = guided(scores, clips, sampling.guidance)
            shown[:, active, step + 1] = sample(logits, random_numbers[:, active, step], sampling)
    return order.revert_pattern_sequence(shown[:, :, 1:])


class _DecoderInputs:
    """Embeddings of the decoder's input tokens; with guidance, each clip has two rows with the same tokens."""

    def __init__(self, model: StageModel, encoded: Encoded, clips: int) -> None:
        self.table = torch.cat(list(model.tokens.tables.parameters()))
        self.first_of_level = torch.arange(model.levels, device=self.table.device)[:, None] * (model.vocab + 1)
        self.bias = encoded.decoder_bias.unflatten(0, (-1, clips))

    def at(self, shown: Int[Tensor, "clip level step"], step: int) -> Float[Tensor, "row width"]:
        """Inputs of one step."""
        return self._embed(shown[:, :, step : step + 1], self.bias[:, :, step : step + 1]).squeeze(1)

    def until(self, shown: Int[Tensor, "clip level step"], end: int) -> Float[Tensor, "row t width"]:
        """Inputs of the first steps."""
        return self._embed(shown[:, :, :end], self.bias[:, :, :end])

    def _embed(
        self, tokens: Int[Tensor, "clip level t"], bias: Float[Tensor, "copy clip t width"]
    ) -> Float[Tensor, "row t width"]:
        return (embedding(tokens + self.first_of_level, self.table).sum(1) + bias).flatten(0, 1)


def _known_steps(
    model: StageModel, order: TokenOrder, clips: int, t: int, prefix: Int[Tensor, "clip level t_prefix"] | None
) -> tuple[Int[Tensor, "clip level shown"], int]:
    """Decoder input tokens at each step, as far as `prefix` determines them, and the number of known frames."""
    t_known = 0 if prefix is None else min(prefix.shape[-1], t)
    known = torch.full((clips, model.levels, t), model.special, device=model.heads.device)
    if prefix is not None:
        known[:, :, :t_known] = prefix[:, :, :t_known]
    # One special step in front, so that column s is the decoder input at step s.
    return pad(order.build_pattern_sequence(known, model.special), (1, 0), value=model.special), t_known


def _started_decoder(
    model: StageModel,
    encoded: Encoded,
    known: Float[Tensor, "row t_known width"],
    steps: int,
    precision: ProductPrecision,
) -> IncrementalDecoder:
    """Decoder after the known inputs; for a decoder-only model the conditions precede them."""
    rows, t_memory = encoded.memory.shape[:2]
    if not model.decoder_only:
        decoder = IncrementalDecoder(model.transformer, encoded.memory, rows, steps, precision)
    else:
        decoder = IncrementalDecoder(model.transformer, None, rows, t_memory + steps, precision)
        known = torch.cat([encoded.memory, known], dim=1)
    if known.shape[1]:
        decoder.prefill(known)
    return decoder


def _plan(order: TokenOrder, t_known: int) -> list[slice]:
    """Slice of levels to sample at each step (contiguous in every order); empty where all tokens are known."""
    plan = []
    for step in range(order.steps):
        active = torch.nonzero(order.t_of[:, step] >= t_known)[:, 0].tolist()
        plan.append(slice(active[0], active[-1] + 1) if active else slice(0, 0))
    return plan


def _heads(
    model: StageModel, plan: Sequence[slice], rows: int, precision: ProductPrecision
) -> dict[tuple[int, int], RowProduct]:
    """Output heads of each range of levels in the plan."""
    ranges = {(active.start, active.stop) for active in plan if active.stop}
    return {(a, b): RowProduct(model.heads[a:b].flatten(0, 1), rows, precision) for a, b in ranges}
