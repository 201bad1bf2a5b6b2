"""The `v2meow` command-line interface; using it needs no knowledge of Kedro."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer

from v2meow_pipeline import __version__
from v2meow_pipeline.app.commands import (
    baseline,
    bench,
    diagnose,
    doctor,
    download,
    generate,
    inspect,
    preflight,
    registry,
    rehearse,
    release,
    resynthesise,
    score,
    store,
    study,
    timeline,
    web,
)
from v2meow_pipeline.app.commands.scene_option import SceneCommand
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.interrupts import raise_discarded_again
from v2meow_pipeline.run_errors import USAGE_ERROR, one_line

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"v2meow {__version__}")
        raise typer.Exit


@app.callback()
def common(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Generate music that fits a silent video."""


app.add_typer(registry.app, name="registry")
app.add_typer(release.app, name="release")
app.add_typer(baseline.app, name="baseline")
app.add_typer(study.app, name="study")
app.command(cls=SceneCommand)(generate.generate)
app.command()(score.score)
app.command()(resynthesise.resynthesise)
app.command()(timeline.timeline)
app.command()(inspect.inspect)
app.command()(doctor.doctor)
app.command()(preflight.preflight)
app.command()(rehearse.rehearse)
app.command()(bench.bench)
app.command()(diagnose.diagnose)
app.command()(download.download)
app.command()(web.web)
app.command()(store.ui)
app.command()(store.repair)


@app.command()
def model(
    env: Annotated[str, typer.Option(help="Configuration environment, a folder of conf/: base, test, paper.")] = "base",
    step: Annotated[
        str | None, typer.Option(help="Run and time one optimiser step of this stage, such as semantic.")
    ] = None,
    batch: Annotated[int, typer.Option(min=1, help="Batch size of that step.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the model sizes as JSON on standard output.")] = False,
) -> None:
    """Show the size and cost of an environment's models before training.

    Shows parameters, sequence lengths, memory and FLOP of an optimiser step, and the cost of decoding 10 s of music.
    They are computed on meta tensors, so the paper's sizes can be shown on any laptop.
    """
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.app.model_summary import as_json as counted
    from v2meow_pipeline.app.model_summary import show, show_step

    parameters = load_config(Path.cwd(), env, "parameters")
    if step is not None:
        show_step(parameters, env, step, batch)
    elif as_json:
        typer.echo(json.dumps(counted(parameters), indent=2))
    else:
        show(parameters, env)


@app.command()
def retrain(
    env: Annotated[
        str, typer.Option(help="Configuration environment, a folder of conf/: local, test, paper.")
    ] = "local",
    cron: Annotated[
        str | None,
        typer.Option(help='Schedule as in crontab: "0 3 * * 1" is Mondays at 3:00. Default: run one round now.'),
    ] = None,
) -> None:
    """Train on new data, and promote the result to champion if it is better.

    Same as `kedro run --pipeline retrain`. With --cron the command keeps running and starts a round at each scheduled
    time; docs/how-to/scheduling.md shows cron, systemd and Airflow as alternatives.
    """
    from v2meow_pipeline.app.schedule import retrain as retrain_now
    from v2meow_pipeline.app.schedule import retrain_on_schedule

    if cron is None:
        retrain_now(Path.cwd(), env)
    else:
        retrain_on_schedule(Path.cwd(), env, cron)


@app.command()
def dvc(
    env: Annotated[str, typer.Option(help="Configuration environment: a folder of conf/.")] = "local",
) -> None:
    """Write dvc.yaml and networks/dvc.yaml for an environment.

    Stages, dependencies and outputs come from the pipelines, the catalog, the parameters and the imports of the code.
    Run it after a change of any of them, and commit both files; `dvc repro` refuses outdated ones.
    """
    from v2meow_pipeline.app.dvc import write_files

    write_files(Path.cwd(), env)
    typer.echo(f"Wrote dvc.yaml and networks/dvc.yaml for the environment {env}.")


@app.command()
def parameters(
    output: Annotated[Path, typer.Option("--output", "-o", help="YAML file to write.")],
    env: Annotated[str, typer.Option(help="Configuration environment: a folder of conf/.")] = "local",
) -> None:
    """Write the parameters that affect results to a file that DVC tracks. `dvc repro` runs this first.

    Stops if dvc.yaml does not match the environment; `v2meow dvc` writes it.
    """
    from v2meow_pipeline.app.dvc import check_generated, write_parameters

    check_generated(Path.cwd(), env)
    write_parameters(Path.cwd(), env, output)


@app.command()
def demo(
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train from random weights even if a release is installed.")
    ] = False,
    started: Annotated[float | None, typer.Option(help="Unix time at which the set-up began.", hidden=True)] = None,
) -> None:
    """Generate music for a real clip, train on a synthetic corpus, evaluate, and generate again.

    If a release is installed, it generates the first soundtrack, and training starts from its weights, unless
    `demo.from_scratch` or --from-scratch is set.
    """
    from v2meow_pipeline.app.demo import DemoConfig, run_demo
    from v2meow_pipeline.app.environment import load_config

    config = DemoConfig.parse(load_config(Path.cwd(), "local", "parameters")["demo"])
    run_demo(Path.cwd(), started, config.model_copy(update={"from_scratch": from_scratch or config.from_scratch}))


def main() -> None:
    """Runs the command; errors that the user can fix become one line on standard error and exit code 2."""
    raise_discarded_again()
    # Handled like Ctrl-C, so that partial output is cleaned up; nohup ignores SIGHUP.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        app()
    except V2MeowError as error:
        print(f"v2meow: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", __package__.partition(".")[0]):
            raise
        print(
            f"v2meow: this command needs the package {missing}, which is not installed. "
            "Install all of them, in the clone: pip install -c constraints.txt -e '.[pipeline]'",
            file=sys.stderr,
        )
        sys.exit(USAGE_ERROR)
    except OSError as error:
        print(
            f"v2meow: {error.filename or 'a file'}: {error.strerror or error}. "
            "Check the path, its permissions and free disk space.",
            file=sys.stderr,
        )
        sys.exit(USAGE_ERROR)
    except Exception as error:  # Kedro and MLflow wrap errors in their own
        line = one_line(error)
        if line is None:
            raise
        print(f"v2meow: {line}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
