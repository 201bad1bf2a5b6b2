"""How long a stage takes to write the tokens of one clip."""

import time

import torch

from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames


def decode_seconds(model: StageModel, repeats: int = 3, seed: int = 0) -> float:
    """Seconds in which a stage decodes one clip by itself, as generation does it; conditions are random or absent.

    Args:
        model: the stage, on the device that is timed.
        repeats: of which the shortest counts: what else the machine does can only add to it.
        seed: of conditions and draws.

    Returns:
        Wall-clock seconds.
    """
    clock, device = model.config.clock, model.heads.device
    generator = torch.Generator().manual_seed(seed)
    # What may be absent is replaced by null vectors, which cost the same.
    conditions = {
        stream.name: torch.randint(stream.vocab, stream.shape(1, clock.clip_s), generator=generator).to(device)
        for stream in model.conditioner.streams
        if not stream.optional
    }
    sampling = SamplingConfig(temperature=model.spec.temperature)
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        if model.spec.output == "fine":
            block = token_frames("fine", clock, model.crop_s)
            decode_in_blocks(model, conditions, [seed], block, sampling, rows=1)
        else:
            decode(model, conditions, [seed], token_frames(model.spec.output, clock, clock.clip_s), sampling, rows=1)
        times.append(time.perf_counter() - started)
    return min(times)
