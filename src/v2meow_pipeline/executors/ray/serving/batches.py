"""Joint decoding of the requests of several clients: the rows of each are those that it would get alone."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import NamedTuple, TypeVar

import torch
from torch import Tensor

from v2meow_pipeline.models.decoding import ROWS, decode, decode_in_blocks
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel


class WindowRequest(NamedTuple):
    """Tokens of one window to sample.

    Attributes:
        conditions: values by stream name, one row per clip.
        seeds: one seed per clip.
        t: number of frames, including `prefix`.
        sampling: sampling settings.
        prefix: frames that are already known, [batch, level, t_prefix].
    """

    conditions: dict[str, Tensor]
    seeds: list[int]
    t: int
    sampling: SamplingConfig
    prefix: Tensor | None


class RefineRequest(NamedTuple):
    """Tokens of the fine stage to sample.

    Attributes:
        coarse: tokens of the coarse stage, int64 [batch, level, t].
        seeds: one seed per clip.
        block: frames per block.
        sampling: sampling settings.
    """

    coarse: Tensor
    seeds: list[int]
    block: int
    sampling: SamplingConfig


Request = TypeVar("Request", WindowRequest, RefineRequest)


def count_rows(requests: Iterable[WindowRequest | RefineRequest]) -> int:
    """Number of clips of all requests."""
    return sum(len(request.seeds) for request in requests)


def decode_together(model: StageModel, requests: Sequence[WindowRequest]) -> list[Tensor]:
    """Samples tokens for several requests (`decoding.decode`).

    Args:
        model: the stage.
        requests: requests; those of equal shapes and settings are decoded together.

    Returns:
        Tokens of each request, int64 [batch, level, t].
    """

    def compute(group: Sequence[WindowRequest]) -> Tensor:
        first = group[0]
        conditions = {name: torch.cat([each.conditions[name] for each in group]) for name in first.conditions}
        known = [each.prefix for each in group if each.prefix is not None]
        prefix = torch.cat(known) if known else None
        return decode(model, conditions, _seeds(group), first.t, first.sampling, prefix=prefix, rows=ROWS)

    return _in_groups(requests, _window_key, compute)


def refine_together(model: StageModel, requests: Sequence[RefineRequest]) -> list[Tensor]:
    """Samples tokens of the fine stage for several requests (`decoding.decode_in_blocks`).

    Args:
        model: the fine stage.
        requests: requests; those of equal shapes and settings are decoded together.

    Returns:
        Tokens of each request, int64 [batch, level, t].
    """

    def compute(group: Sequence[RefineRequest]) -> Tensor:
        coarse, first = torch.cat([each.coarse for each in group]), group[0]
        return decode_in_blocks(model, {"coarse": coarse}, _seeds(group), first.block, first.sampling, rows=ROWS)

    return _in_groups(requests, _refine_key, compute)


def _in_groups(
    requests: Sequence[Request], key: Callable[[Request], Hashable], compute: Callable[[list[Request]], Tensor]
) -> list[Tensor]:
    """Computes the requests of each key together; returns the rows of each request, in order."""
    groups: dict[Hashable, list[int]] = {}
    for index, request in enumerate(requests):
        groups.setdefault(key(request), []).append(index)
    answers: dict[int, Tensor] = {}
    for indices in groups.values():
        rows = compute([requests[index] for index in indices])
        parts = rows.split([len(requests[index].seeds) for index in indices])
        answers.update(zip(indices, (part.clone() for part in parts), strict=True))
    return [answers[index] for index in range(len(requests))]


def _window_key(request: WindowRequest) -> Hashable:
    shapes = tuple((name, values.shape[1:]) for name, values in sorted(request.conditions.items()))
    known = None if request.prefix is None else request.prefix.shape[1:]
    return request.t, request.sampling.fingerprint(), shapes, known


def _refine_key(request: RefineRequest) -> Hashable:
    return request.block, request.sampling.fingerprint(), request.coarse.shape[1:]


def _seeds(group: Iterable[WindowRequest | RefineRequest]) -> list[int]:
    return [seed for request in group for seed in request.seeds]
