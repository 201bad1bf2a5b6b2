"""`v2meow bench`: measures decoding and start-up."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer


def bench(
    what: Annotated[Literal["decode", "startup", "all"], typer.Argument(help="What to measure.")] = "all",
    repeats: Annotated[int, typer.Option(min=1, help="Number of repetitions; medians are reported.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.2, max=10, help="Duration of the decoded music, seconds.")] = 4.0,
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the results to this JSON file.", show_default=False)
    ] = None,
) -> None:
    """Measure decoding, compared with T5 of transformers, and start-up.

    Decodes with the stages of this project's parameters and of the installed release, in turn with a T5 of the same
    layer sizes, in one process with the same threads. "limit" is the time to read the weights once from main memory at
    the measured rate. Docs: docs/benchmarks.md.
    """
    from v2meow_pipeline.app.bench.decoding import BATCHES, benchmark, stage_cases
    from v2meow_pipeline.app.bench.report import as_json, machine, to_markdown
    from v2meow_pipeline.app.bench.startup import benchmark as benchmark_startup
    from v2meow_pipeline.app.model_summary import measure_speed

    limits = machine(measure_speed())
    startup = benchmark_startup(repeats) if what != "decode" else []
    decoding = [
        benchmark(case, batch, repeats, seconds)
        for case in (stage_cases(Path.cwd()) if what != "startup" else ())
        for batch in BATCHES
    ]
    typer.echo(to_markdown(limits, decoding, startup))
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(limits, decoding, startup), indent=2) + "\n")
