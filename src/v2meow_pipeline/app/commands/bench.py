"""`v2meow bench`: measures decoding, training, ingest, features, evaluation and start-up."""

import json
from pathlib import Path
from typing import Annotated, Literal

import typer


def bench(
    what: Annotated[
        Literal["decode", "train", "ingest", "features", "evaluate", "startup", "all"],
        typer.Argument(help="What to measure."),
    ] = "all",
    repeats: Annotated[int, typer.Option(min=1, help="Number of repetitions; medians are reported.")] = 3,
    seconds: Annotated[float, typer.Option(min=0.2, max=10, help="Duration of the decoded music, seconds.")] = 4.0,
    clips: Annotated[
        int, typer.Option(min=4, help="Number of clips generated for ingest, features and evaluation; even.")
    ] = 8,
    env: Annotated[
        str, typer.Option(help="Environment whose stage sizes decode and train use, such as paper (needs 16 GB).")
    ] = "base",
    json_file: Annotated[
        Path | None, typer.Option("--json", help="Also write the results to this JSON file.", show_default=False)
    ] = None,
    plot_file: Annotated[
        Path | None,
        typer.Option("--plot", help="Also write a plot of the ratios to this PNG file.", show_default=False),
    ] = None,
) -> None:
    """Measure decoding, training, ingest, features, evaluation and start-up.

    Each is compared with another way to do the same, in turn, on the same data and with the same threads: decoding and
    training with T5 of transformers, ingest with ffmpeg, two processes with one, FAD with scipy. "limit" is the time to
    read the weights once from main memory at the measured rate. Docs: docs/benchmarks.md.
    """
    from v2meow_pipeline.app.bench.plot import bars, plot
    from v2meow_pipeline.app.bench.report import to_markdown
    from v2meow_pipeline.app.bench.results import as_json, machine
    from v2meow_pipeline.app.bench.run import run
    from v2meow_pipeline.app.model_summary import measure_speed
    from v2meow_pipeline.errors import ConfigError

    if clips % 2:
        raise ConfigError(f"{clips} clips cannot be halved.", "Give an even number of --clips.")
    limits, results = machine(measure_speed()), run(what, Path.cwd(), env, repeats, seconds, clips)
    typer.echo(to_markdown(limits, results))
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(limits, results), indent=2) + "\n")
    if plot_file is not None:
        if not bars(results):
            raise ConfigError(f"{what} has no ratios to plot.", "Leave --plot out, or measure all.")
        plot(results, plot_file)
