"""The systems of a diagnosis: from which stage on tokens are generated rather than true, and whether video is seen."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from v2meow_pipeline.clock import Clock
from v2meow_pipeline.corpus.shards import ShardReader
from v2meow_pipeline.corpus.tokens import ACOUSTIC, SEMANTIC
from v2meow_pipeline.evaluation.evaluate import RESYNTHESIS
from v2meow_pipeline.models.stages import levels_in_codes

ALL_GENERATED = "all_generated"
WITHOUT_VIDEO = "_without_video"


class System(NamedTuple):
    """A row of the table.

    Attributes:
        name: such as "true_semantic_without_video".
        true: token streams that are the clip's own.
        generated: token streams that the stages make, in order.
        video: whether the stages see the video.
    """

    name: str
    true: tuple[str, ...]
    generated: tuple[str, ...]
    video: bool


def systems_of(sees_video: Mapping[str, bool]) -> list[System]:
    """The systems of a path, from all tokens true to all generated.

    A system without video is left out where no stage that generates would see it: it would be the same.

    Args:
        sees_video: token streams in the order of the path; whether the stage that makes each sees the video.

    Returns:
        For "paper": codec resynthesis; true semantic and coarse tokens; true semantic tokens, with and without
        video; everything generated, with and without video.
    """
    streams, systems = tuple(sees_video), []
    for count in range(len(streams), -1, -1):
        true, generated = streams[:count], streams[count:]
        name = RESYNTHESIS if not generated else "_".join(["true", *true]) if true else ALL_GENERATED
        systems.append(System(name, true, generated, video=True))
        if any(sees_video[stream] for stream in generated):
            systems.append(System(name + WITHOUT_VIDEO, true, generated, video=False))
    return systems


def true_tokens(
    tokens: ShardReader, clip_ids: Sequence[str], streams: Sequence[str], clock: Clock
) -> dict[str, Tensor]:
    """The clips' own tokens, as `Composer.compose` takes them.

    Args:
        tokens: semantic and acoustic tokens of the clips.
        clip_ids: which clips.
        streams: of a path.
        clock: says which levels are coarse.

    Returns:
        By stream, int64 [clip, level, t].
    """
    found = {}
    for stream in streams:
        if stream == SEMANTIC:
            values = tokens.stack(SEMANTIC, clip_ids)[:, None]
        else:
            values = tokens.stack(ACOUSTIC, clip_ids)[:, levels_in_codes(stream, clock.coarse_levels)]
        found[stream] = torch.from_numpy(values.astype(np.int64))
    return found
