"""Iterative masked decoding: each round predicts all masked tokens of a level and re-masks the least confident ones.

Levels are decoded in order, each in a few rounds (MaskGIT, Chang et al. 2022; SoundStorm, Borsos et al. 2023): 8 rounds
for each of 8 levels are 64 passes, compared with 4,000 steps for 10 s in the paper's order.

Shapes: `clip` clips decoded together (with guidance `both`, twice as many), `level` codebooks, `t` frames.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from v2meow_pipeline.models.guidance import encode_both, guided
from v2meow_pipeline.models.sampling import SamplingConfig, sample, uniforms
from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

KNOWN_CONFIDENCE = float("inf")
TINY = 1e-9


@torch.inference_mode()
def refine_group(
    model: StageModel,
    conditions: Conditions,
    seeds: Sequence[int],
    t: int,
    sampling: SamplingConfig,
    prefix: Int[Tensor, "clip level t_prefix"] | None,
    start_s: Float[Tensor, "clip"] | None,
    progress: str | None,
) -> Int[Tensor, "clip level t"]:
    """Samples the tokens of one group of clips; the masked counterpart of `decoding._decode_group`."""
    device, clips = model.heads.device, len(seeds)
    encoded = encode_both(model, conditions, clips, t, start_s, sampling.guidance)
    tokens = torch.full((clips, model.levels, t), model.special, device=device)
    open_frames = torch.ones(t, dtype=torch.bool, device=device)
    if prefix is not None:
        t_known = min(prefix.shape[-1], t)
        tokens[:, :, :t_known] = prefix[:, :, :t_known]
        open_frames[:t_known] = False
    rounds = [(level, number) for level in range(model.levels) for number in range(sampling.refinements)]
    for level, number in rounds if progress is None else track(rounds, progress):
        draws = [uniforms(derive_seed(seed, "refine", level, number), t, 2) for seed in seeds]
        random_numbers = torch.stack(draws).to(device)
        _refine(model, encoded, tokens, level, number, open_frames, random_numbers, sampling)
    return tokens


def _refine(
    model: StageModel,
    encoded: Encoded,
    tokens: Int[Tensor, "clip level t"],
    level: int,
    number: int,
    open_frames: Bool[Tensor, " t"],
    random_numbers: Float[Tensor, "clip 2 t"],
    sampling: SamplingConfig,
) -> None:
    """One round of one level, in place: samples the masked tokens, then masks the least confident of them again."""
    masked = (tokens[:, level] == model.special) & open_frames
    logits = guided(_logits(model, encoded, tokens, level), len(tokens), sampling.guidance)
    drawn = sample(logits, random_numbers[:, 0], sampling)
    tokens[:, level] = torch.where(masked, drawn, tokens[:, level])
    mask_ratio = math.cos((number + 1) / sampling.refinements * math.pi / 2)
    count = int(mask_ratio * int(open_frames.sum()))
    if count == 0 or number + 1 == sampling.refinements:
        return
    confidence = torch.log_softmax(logits.double(), dim=-1).gather(-1, drawn[..., None])[..., 0]
    # Gumbel noise that decays over the rounds, so that the first rounds do not only fix the most likely tokens.
    noise = -torch.log(-torch.log(random_numbers[:, 1].double().clamp(TINY, 1 - TINY)))
    confidence = confidence + sampling.temperature * (1 - (number + 1) / sampling.refinements) * noise
    confidence = torch.where(masked, confidence, KNOWN_CONFIDENCE)
    least = confidence.argsort(dim=1, stable=True)[:, :count]
    tokens[:, level] = tokens[:, level].scatter(1, least, model.special)


def _logits(
    model: StageModel, encoded: Encoded, tokens: Int[Tensor, "clip level t"], level: int
) -> Float[Tensor, "both t vocab"]:
    shown = tokens.repeat(len(encoded.decoder_bias) // len(tokens), 1, 1)
    hidden = model.decode(shown, encoded)
    return hidden @ model.heads[level].T + model.bias[level]
