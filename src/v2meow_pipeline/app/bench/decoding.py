"""Benchmark of decoding: the stages of the project and of the release against T5 of transformers."""

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import torch

from v2meow_pipeline.app.bench.peak import peak_bytes, reset_peak
from v2meow_pipeline.app.bench.t5 import t5_decoding
from v2meow_pipeline.app.bench.timing import Ratio, interleaved, ratio
from v2meow_pipeline.app.environment import BASE, load_config
from v2meow_pipeline.composer.bundle_manifest import composer_of
from v2meow_pipeline.model_store import ModelStore
from v2meow_pipeline.models.checkpointing import load_stage
from v2meow_pipeline.models.decoding import decode
from v2meow_pipeline.models.guidance import OFF
from v2meow_pipeline.models.matrix_kernels import FULL, ProductPrecision, supported_precisions
from v2meow_pipeline.models.patterns import TokenOrder
from v2meow_pipeline.models.sampling import SamplingConfig
from v2meow_pipeline.models.stage_model import StageModel
from v2meow_pipeline.models.stages import PATHS, token_frames
from v2meow_pipeline.release import find_release, open_release

BATCHES = (1, 16)


class StageCase(NamedTuple):
    """A stage to benchmark: `source` is "default", "release" or an environment; `guidance` is that of generation."""

    source: str
    model: StageModel
    guidance: float


class DecodingResult(NamedTuple):
    """Result for one stage and batch size; times are medians in milliseconds per decoder step of the whole batch.

    Attributes:
        source: "default" (sizes of the project's parameters, random weights), "release", or an environment.
        stage: name of the stage.
        batch: number of clips.
        steps: number of decoder steps.
        ms: wall-clock time of this project, without guidance.
        cpu_ms: CPU time of the same.
        guided_ms: wall-clock time with the guidance of generation; None if it is off.
        int8_ms: wall-clock time in int8, without guidance; None on a GPU.
        bfloat16_ms: the same in bfloat16; None if the processor has no such instructions.
        t5_ms: wall-clock time of T5.
        t5_cpu_ms: CPU time of T5.
        ratio: T5's wall-clock time relative to that of this project.
        cpu_ratio: the same for CPU time.
        warm_up_ms: first run of this project, per step.
        weight_bytes: weights that each step reads: decoder and output heads.
        peak_bytes: peak memory of this process.
    """

    source: str
    stage: str
    batch: int
    steps: int
    ms: float
    cpu_ms: float
    guided_ms: float | None
    int8_ms: float | None
    bfloat16_ms: float | None
    t5_ms: float
    t5_cpu_ms: float
    ratio: Ratio
    cpu_ratio: Ratio
    warm_up_ms: float
    weight_bytes: int
    peak_bytes: int


def stage_cases(project: Path, env: str) -> Iterator[StageCase]:
    """Stages that generation uses by default: those of the project's parameters, then those of the release.

    Args:
        project: project folder; without configuration only the release is benchmarked.
        env: environment of the parameters; the release is left out unless it is `base`.

    Yields:
        The autoregressive stages with an encoder.
    """
    for case in (*_default_stages(project, env), *(_release_stages() if env == BASE else ())):
        # T5 has no counterpart of masked refinement, nor of a decoder without an encoder.
        if not case.model.masked and not case.model.decoder_only:
            yield case


def _default_stages(project: Path, env: str) -> Iterator[StageCase]:
    if (project / "conf").is_dir():
        from v2meow_pipeline.training.sizes import stage_config

        parameters = load_config(project, env, "parameters")
        for spec in PATHS[parameters["generate"]["composer"]["path"]]:
            yield StageCase(
                "default" if env == BASE else env, StageModel(stage_config(parameters, spec.name)).eval(), OFF
            )


def _release_stages() -> Iterator[StageCase]:
    if find_release() is not None:
        folder = open_release().folder
        composer, models = composer_of(folder), ModelStore(folder)
        for spec in PATHS[composer.path]:
            yield StageCase("release", load_stage(models.stage(spec.name)).eval(), composer.of(spec.name).guidance)


def benchmark(case: StageCase, batch: int, repeats: int, seconds: float) -> DecodingResult:
    """Benchmarks one stage.

    Args:
        case: the stage.
        batch: number of clips.
        repeats: number of repetitions.
        seconds: duration of the music, seconds.

    Returns:
        The result.
    """
    steps = _order_of(case.model, seconds).steps
    reset_peak()
    times = interleaved(_candidates(case, batch, seconds), repeats)
    ours, t5 = times["ours"], times["t5"]
    weights = [*case.model.transformer.decoder.parameters(), case.model.heads]

    def per_step(values: list[float]) -> float:
        return 1e3 * statistics.median(values) / steps

    def wall_ms(candidate: str) -> float | None:
        return per_step(times[candidate].wall_s) if candidate in times else None

    return DecodingResult(
        source=case.source,
        stage=case.model.spec.name,
        batch=batch,
        steps=steps,
        ms=per_step(ours.wall_s),
        cpu_ms=per_step(ours.cpu_s),
        guided_ms=wall_ms("guided"),
        int8_ms=wall_ms("int8"),
        bfloat16_ms=wall_ms("bfloat16"),
        t5_ms=per_step(t5.wall_s),
        t5_cpu_ms=per_step(t5.cpu_s),
        ratio=ratio(t5.wall_s, ours.wall_s),
        cpu_ratio=ratio(t5.cpu_s, ours.cpu_s),
        warm_up_ms=per_step([ours.warm_up_s]),
        weight_bytes=sum(weight.numel() * weight.element_size() for weight in weights),
        peak_bytes=peak_bytes(),
    )


def _candidates(case: StageCase, batch: int, seconds: float) -> dict[str, Callable[[], object]]:
    """What is timed: decoding without guidance, with that of generation, in other precisions, and T5."""
    model, order = case.model, _order_of(case.model, seconds)
    streams, generator = model.conditioner.streams, torch.Generator().manual_seed(0)
    # Absent optional streams are replaced by null vectors of the same length, so the cost is the same.
    conditions = {
        stream.name: torch.randint(stream.vocab, stream.shape(batch, seconds), generator=generator)
        for stream in streams
        if not stream.optional
    }

    def decoding(guidance: float = OFF, precision: ProductPrecision = FULL) -> Callable[[], object]:
        sampling = SamplingConfig(temperature=model.spec.temperature, guidance=guidance, precision=precision)
        return lambda: decode(model, conditions, range(batch), order.step_of.shape[1], sampling)

    guided = {"guided": decoding(case.guidance)} if case.guidance != OFF else {}
    others: dict[str, Callable[[], object]] = {
        name: decoding(precision=name) for name in supported_precisions(model.heads.device) if name != FULL
    }
    t_memory = sum(stream.frames(seconds) * stream.per_frame for stream in streams)
    return {"ours": decoding(), **guided, **others, "t5": t5_decoding(model, batch, t_memory, order.steps)}


def _order_of(model: StageModel, seconds: float) -> TokenOrder:
    return model.order(token_frames(model.spec.output, model.config.clock, seconds))
