"""`v2meow bench`: what is compared, and the form of the results; never how fast they are."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from tests.support.model_makers import tiny_model
from tests.support.project import ROOT, run

from v2meow_pipeline.app.bench import decoding, frechet, plot, report, startup, training
from v2meow_pipeline.app.bench.comparison import Comparison, Work, compare
from v2meow_pipeline.app.bench.evaluation import EvaluationSpeed
from v2meow_pipeline.app.bench.ingest import scaling
from v2meow_pipeline.app.bench.random_corpus import random_clips
from v2meow_pipeline.app.bench.results import Results, as_json, machine
from v2meow_pipeline.app.bench.t5 import t5_config, t5_decoding, t5_training
from v2meow_pipeline.app.bench.timing import Ratio, interleaved, ratio
from v2meow_pipeline.app.environment import BASE
from v2meow_pipeline.app.model_summary import Speed, step_flops
from v2meow_pipeline.media.picture import FrameSpec
from v2meow_pipeline.metrics.fad import frechet_audio_distance
from v2meow_pipeline.training.one_step import random_batch

LIMITS = machine(Speed(flops=1e11, bytes_read=1e10))


def test_candidates_run_in_turn_and_the_first_run_is_apart() -> None:
    """Catches repetitions of one candidate after the other, which compares two moments of a busy machine."""
    calls: list[str] = []
    times = interleaved({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, 3)
    assert calls == ["a", "b"] * 4
    assert all(len(timing.wall_s) == len(timing.cpu_s) == 3 and timing.warm_up_s > 0 for timing in times.values())


def test_a_ratio_is_taken_within_repetitions() -> None:
    """Catches a ratio of medians, whose spread does not show common changes of speed."""
    assert ratio([2.0, 40.0, 6.0], [1.0, 10.0, 2.0]) == (3.0, 2.0, 4.0)


def test_the_alternative_has_the_layers_of_the_stage() -> None:
    """Catches a comparison with a smaller or larger network, or with fewer steps."""
    from transformers import T5ForConditionalGeneration

    model = tiny_model("semantic")
    decoder = T5ForConditionalGeneration(t5_config(model)).decoder
    # T5 has one more matrix, the embedding of its tokens, and the position bias of its first layer, as ours.
    shared = (model.vocab + 1) * model.config.transformer.width
    assert sum(p.numel() for p in decoder.parameters()) - shared == sum(
        p.numel() for p in model.transformer.decoder.parameters()
    )
    assert t5_decoding(model, 2, 9, 7)() == 7


def test_the_alternative_trains() -> None:
    """Catches a step without an update of the weights, which would be faster."""
    step = t5_training(tiny_model("semantic"), 2, 9, 7, torch.device("cpu"))
    losses = [step() for _ in range(3)]
    assert losses[2] < losses[0]


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_a_stage_is_measured_with_and_without_guidance(guidance: float) -> None:
    """Catches a figure that is missing, or a unit that differs between columns."""
    model = tiny_model("semantic")
    result = decoding.benchmark(decoding.StageCase("default", model, guidance), 2, repeats=2, seconds=0.4)
    assert (result.stage, result.batch, result.steps) == ("semantic", 2, model.order(result.steps).steps)
    assert min(result.ms, result.cpu_ms, result.t5_ms, result.t5_cpu_ms, result.warm_up_ms) > 0
    assert (result.guided_ms is None) == (guidance == 1.0)
    assert result.int8_ms is not None and result.int8_ms > 0
    assert result.ratio.least <= result.ratio.median <= result.ratio.most
    results = Results(decoding=(result,), startup=(startup.StartupResult("python", 0.2, 0.1, 0.3),))
    values = json.loads(json.dumps(as_json(LIMITS, results)))
    assert values["decoding"][0]["ratio"]["median"] == result.ratio.median
    assert values["machine"]["threads"] == torch.get_num_threads()
    assert "| python | 0.20 | 0.10 to 0.30 |" in report.to_markdown(LIMITS, results)


@pytest.mark.parametrize("stage", ["semantic", "coarse"])
def test_a_training_step_is_measured(stage: str) -> None:
    """Catches rates that do not belong to the measured step."""
    model = tiny_model(stage)
    result = training.benchmark(training.StageCase("default", model, 1.0), repeats=1, batch=2)
    tokens = random_batch(model, 2, torch.device("cpu")).tokens.numel()
    assert result.tokens_per_s == pytest.approx(tokens / result.step_s)
    assert result.flops == pytest.approx(step_flops(model.config, 2) / result.step_s)
    assert min(result.t5_s, result.product_flops, result.warm_up_s, result.peak_bytes, *result.loader_ratio) > 0


@pytest.mark.parametrize("model", [{"events": True}, {}])
def test_random_clips_have_the_shapes_of_a_training_batch(model: dict[str, object]) -> None:
    """Catches a data loader that is measured on other streams than a stage reads."""
    stage = tiny_model("semantic", **model)
    loaded = random_clips(stage, 3).batch(np.arange(2), np.zeros(2, int), [0, 1])
    expected = random_batch(stage, 2, torch.device("cpu"))
    assert loaded.tokens.shape == expected.tokens.shape
    shapes = {name: values.numel() for name, values in expected.conditions.items()}
    assert {name: values.numel() for name, values in loaded.conditions.items()} == shapes


def test_fad_equals_the_formula() -> None:
    """Catches a comparison of two different values."""
    reference, generated = (frechet.embeddings(400, 32, seed) for seed in (0, 1))
    distance = frechet_audio_distance(reference, generated).distance
    assert distance == pytest.approx(frechet.formula(reference, generated), rel=1e-6)
    assert distance > 0.01


def test_one_decode_serves_all_frame_formats() -> None:
    """Catches an alternative that decodes once per format, which would be slower."""
    options = scaling([FrameSpec(1, 224), FrameSpec(24, 64, gray=True)])
    assert options.count("-map") == 2
    graph = options[options.index("-filter_complex") + 1]
    assert graph == (
        "[0:v]split=2[s0][s1];[s0]fps=1,scale=224:224:flags=area,format=rgb24[o0];"
        "[s1]fps=24,scale=64:64:flags=area,format=gray[o1]"
    )


def test_the_peak_is_counted_from_its_reset() -> None:
    """Catches the peak of an earlier benchmark in the row of a later one; in a process without freed memory."""
    code = (
        "import numpy as np; from v2meow_pipeline.app.bench.peak import peak_bytes, reset_peak;"
        "np.ones(25_000_000); first = peak_bytes(); reset_peak(); print(first - peak_bytes())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 150_000_000


def test_every_table_is_rectangular_and_every_ratio_is_plotted(tmp_path: Path) -> None:
    """Catches a cell without a title, and results that the plot leaves out."""
    stage = training.TrainingResult(
        "default", "semantic", 16, 0.1, 1e3, 2e10, 4e10, 0.2, Ratio(2, 1, 3), Ratio(2, 1, 3), Ratio(9, 8, 10), 0.3, 1
    )
    work = Work("ingest", 8, "clip", "ffmpeg", 0.85)
    ingested = compare(work, lambda: None, lambda: None, 2, "a note")
    results = Results(
        training=(stage,), comparisons=(ingested,), evaluation=(EvaluationSpeed(8, 4.0, 3.0, Ratio(0.25, 0, 1), 9, 1),)
    )
    text = report.to_markdown(LIMITS, results)
    tables = [part.splitlines() for part in text.split("\n\n")[1:]]
    assert len(tables) == 3
    assert all(len({line.count("|") for line in table}) == 1 for table in tables)
    assert "| 20.0 | 50% | 200 | 2.0 (1.0 to 3.0) |" in text and "| 252 | 250 |" in text
    assert [bar.target for bar in plot.bars(results)] == [1.5, 0.85]
    plot.plot(results, tmp_path / "ratios.png")
    assert (tmp_path / "ratios.png").read_bytes().startswith(b"\x89PNG")


def test_a_comparison_reports_medians() -> None:
    """Catches exchanged candidates."""
    calls: list[str] = []
    work = Work("w", 1, "clip", "o", 1.0)
    result = compare(work, lambda: calls.append("ours"), lambda: sum(range(200_000)), 3)
    assert isinstance(result, Comparison) and calls == ["ours"] * 4
    assert result.other_s > result.seconds and result.ratio.median > 1


def test_the_projects_stages_and_those_of_the_release_are_measured(tmp_path: Path) -> None:
    """Catches stages that generation does not use, and a crash outside a project."""
    cases = list(decoding.stage_cases(ROOT, BASE))
    assert [case.model.spec.name for case in cases if case.source == "default"] == ["semantic", "coarse", "fine"]
    assert all(case.source == "release" for case in decoding.stage_cases(tmp_path, BASE))


def test_another_environment_gives_its_own_sizes() -> None:
    """Catches an option that is read and ignored."""
    cases = list(decoding.stage_cases(ROOT, "test"))
    assert [case.source for case in cases] == ["test"] * 3
    assert (
        cases[0].model.config.transformer.width < next(decoding.stage_cases(ROOT, BASE)).model.config.transformer.width
    )


@pytest.mark.slow
def test_the_command_writes_json(tmp_path: Path) -> None:
    """Catches a command that measures nothing, or that needs a project."""
    out = run(tmp_path, "v2meow", "bench", "startup", "--repeats", "1", "--json", str(tmp_path / "bench.json"))
    values = json.loads((tmp_path / "bench.json").read_text())
    assert set(startup.COMMANDS) <= {row["command"] for row in values["startup"]} and values["decoding"] == []
    assert "v2meow --help" in out


@pytest.mark.slow
def test_clips_are_ingested_extracted_and_evaluated(tmp_path: Path) -> None:
    """Catches a benchmark that does not run on generated clips."""
    for name in ("ingest", "features", "evaluate"):
        words = ("--repeats", "1", "--clips", "4", "--json", str(tmp_path / f"{name}.json"))
        run(tmp_path, "v2meow", "bench", name, *words)
    values = {path.stem: json.loads(path.read_text()) for path in tmp_path.glob("*.json")}
    assert {name: len(found["comparisons"]) for name, found in values.items()} == {
        "ingest": 2,
        "features": 1,
        "evaluate": 2,
    }
    assert values["evaluate"]["evaluation"][0]["clips"] == 4
