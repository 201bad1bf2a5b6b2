"""`v2meow bench`: what is compared, and the form of the results; never how fast they are."""

import json
from pathlib import Path

import pytest
import torch
from tests.support.model_makers import tiny_model
from tests.support.project import ROOT, run

from v2meow_pipeline.app.bench import decoding, report, startup
from v2meow_pipeline.app.bench.t5 import t5_config, t5_decoding
from v2meow_pipeline.app.bench.timing import interleaved, ratio
from v2meow_pipeline.app.model_summary import Speed


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


@pytest.mark.parametrize("guidance", [1.0, 3.0])
def test_a_stage_is_measured_with_and_without_guidance(guidance: float) -> None:
    """Catches a figure that is missing, or a unit that differs between columns."""
    model = tiny_model("semantic")
    result = decoding.benchmark(decoding.StageCase("default", model, guidance), 2, repeats=2, seconds=0.4)
    assert (result.stage, result.batch, result.steps) == ("semantic", 2, model.order(result.steps).steps)
    assert min(result.ms, result.cpu_ms, result.t5_ms, result.t5_cpu_ms, result.warm_up_ms) > 0
    assert (result.guided_ms is None) == (guidance == 1.0)
    assert result.ratio.least <= result.ratio.median <= result.ratio.most
    limits = report.machine(Speed(flops=1e11, bytes_read=1e10))
    values = json.loads(json.dumps(report.as_json(limits, [result], [])))
    assert values["decoding"][0]["ratio"]["median"] == result.ratio.median
    assert values["machine"]["threads"] == torch.get_num_threads()
    table = report.to_markdown(limits, [result], [startup.StartupResult("python", 0.2, 0.1, 0.3)])
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len({line.count("|") for line in rows[:3]}) == 1 and "| python | 0.20 | 0.10 to 0.30 |" in rows


def test_the_projects_stages_and_those_of_the_release_are_measured(tmp_path: Path) -> None:
    """Catches stages that generation does not use, and a crash outside a project."""
    cases = list(decoding.stage_cases(ROOT))
    assert [case.model.spec.name for case in cases if case.source == "default"] == ["semantic", "coarse", "fine"]
    assert all(case.source == "release" for case in decoding.stage_cases(tmp_path))


@pytest.mark.slow
def test_the_command_writes_json(tmp_path: Path) -> None:
    """Catches a command that measures nothing, or that needs a project."""
    out = run(tmp_path, "v2meow", "bench", "startup", "--repeats", "1", "--json", str(tmp_path / "bench.json"))
    values = json.loads((tmp_path / "bench.json").read_text())
    assert set(startup.COMMANDS) <= {row["command"] for row in values["startup"]} and values["decoding"] == []
    assert "v2meow --help" in out
