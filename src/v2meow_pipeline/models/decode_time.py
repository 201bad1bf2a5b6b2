"""Benchmark of the decoding time of a stage."""

import time

import torch

from v2meow_pipeline.models.decoding import decode, decode_in_blocks
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import token_frames


def decode_seconds(model: StageModel, repeats: int = 3, seed: int = 0) -> float:
    """Measures the time to decode one clip as in generation, with random tokens and no optional conditions.

    Args:
        model: the stage, on the device to benchmark.
        repeats: number of runs; the minimum is returned, since other load on the machine only adds time.
        seed: seeds the condition tokens and sampling.

    Returns:
        Wall-clock time in seconds.
    """
    clock, device = model.config.clock, model.heads.device
    generator = torch.Generator().manual_seed(seed)
    # Absent optional streams are replaced by null vectors of the same length, so the cost is the same.
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
