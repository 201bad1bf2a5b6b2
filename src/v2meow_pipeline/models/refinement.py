"""Masked refinement: the tokens of a level are all predicted at once, the surest kept, the others predicted again.

Levels are settled from the first to the last, each in a few rounds (MaskGIT, Chang et al. 2022; SoundStorm, Borsos et
al. 2023): 8 rounds for each of 8 levels are 64 passes where the paper's order takes 4,000 steps for 10 s.

Shapes: `row` rows of a group, of which the first are its `clip`s (with guidance `both`, twice as many), `level`
codebooks, `t` frames.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn.functional import pad

from v2meow_pipeline.models.guidance import encode_both, guided
from v2meow_pipeline.models.sampling import SamplingConfig, sample, uniforms
from v2meow_pipeline.models.stage_model import Conditions, Encoded, StageModel
from v2meow_pipeline.progress import track
from v2meow_pipeline.seeding import derive_seed

SURE = float("inf")
TINY = 1e-9


@torch.inference_mode()
def refine_group(
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
    """Tokens of one group of clips, as `decoding.decode` has it, in `rows` rows, of which the first have seeds."""
    device, clips = model.heads.device, len(seeds)
    encoded = encode_both(model, conditions, rows, t, start_s, sampling.guidance)
    tokens = torch.full((rows, model.levels, t), model.special, device=device)
    open_places = torch.ones(t, dtype=torch.bool, device=device)
    if prefix is not None:
        t_known = min(prefix.shape[-1], t)
        tokens[:, :, :t_known] = prefix[:, :, :t_known]
        open_places[:t_known] = False
    rounds = [(level, number) for level in range(model.levels) for number in range(sampling.refinements)]
    for level, number in rounds if progress is None else track(rounds, progress):
        draws = [uniforms(derive_seed(seed, "refine", level, number), t, 2) for seed in seeds]
        drawn_with = torch.stack(draws).to(device)
        drawn_with = pad(drawn_with, (0, 0, 0, 0, 0, rows - clips))
        _refine(model, encoded, tokens, level, number, open_places, drawn_with, sampling)
    return tokens[:clips]


def _refine(
    model: StageModel,
    encoded: Encoded,
    tokens: Int[Tensor, "row level t"],
    level: int,
    number: int,
    open_places: Bool[Tensor, " t"],
    drawn_with: Float[Tensor, "row 2 t"],
    sampling: SamplingConfig,
) -> None:
    """One round of one level, in place: draws what is hidden, then hides the least sure of it again."""
    rows = len(tokens)
    hidden = (tokens[:, level] == model.special) & open_places
    logits = guided(_logits(model, encoded, tokens, level), rows, sampling.guidance)
    drawn = sample(logits, drawn_with[:, 0], sampling)
    tokens[:, level] = torch.where(hidden, drawn, tokens[:, level])
    share = math.cos((number + 1) / sampling.refinements * math.pi / 2)
    count = int(share * int(open_places.sum()))
    if count == 0 or number + 1 == sampling.refinements:
        return
    surety = torch.log_softmax(logits.double(), dim=-1).gather(-1, drawn[..., None])[..., 0]
    # Noise that fades from round to round, so that the first rounds do not settle the obvious alone.
    noise = -torch.log(-torch.log(drawn_with[:, 1].double().clamp(TINY, 1 - TINY)))
    surety = surety + sampling.temperature * (1 - (number + 1) / sampling.refinements) * noise
    surety = torch.where(hidden, surety, SURE)
    least = surety.argsort(dim=1, stable=True)[:, :count]
    tokens[:, level] = tokens[:, level].scatter(1, least, model.special)


def _logits(
    model: StageModel, encoded: Encoded, tokens: Int[Tensor, "row level t"], level: int
) -> Float[Tensor, "both t vocab"]:
    shown = tokens.repeat(len(encoded.decoder_bias) // len(tokens), 1, 1)
    hidden = model.decode(shown, encoded)
    return hidden @ model.heads[level].T + model.bias[level]
