"""The `v2meow` command, for people without Kedro in mind."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer

from v2meow_pipeline.app.commands import (
    baseline,
    diagnose,
    download,
    registry,
    release,
    resynthesise,
    score,
    store,
    timeline,
)
from v2meow_pipeline.errors import V2MeowError
from v2meow_pipeline.media.containers import Encode

app = typer.Typer(
    help="Give it a silent video, get music that fits it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

app.add_typer(registry.app, name="registry")
app.add_typer(release.app, name="release")
app.add_typer(baseline.app, name="baseline")
app.command()(score.score)
app.command()(resynthesise.resynthesise)
app.command()(timeline.timeline)
app.command()(diagnose.diagnose)
app.command()(download.download)
app.command()(store.ui)
app.command()(store.repair)

USAGE_ERROR = 2


@app.command()
def generate(
    video: Annotated[Path, typer.Argument(help="The video; any container and codec that ffmpeg reads.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where the video with its soundtrack goes (.mp4, .mkv).")
    ],
    prompt: Annotated[str | None, typer.Option(help='The music in words, such as "calm solo piano".')] = None,
    seed: Annotated[int, typer.Option(help="Another seed, other music; the same seed, the same music.")] = 0,
    model: Annotated[
        str | None,
        typer.Option(
            help="Folder of trained models, release, or a registered one such as models:/v2meow@champion. Without it: "
            "this project's own models if they are trained, else the release.",
            show_default=False,
        ),
    ] = None,
    loudness: Annotated[float, typer.Option(min=-60, max=0, help="Target loudness, LUFS.")] = -14.0,
    keep_original: Annotated[bool, typer.Option(help="Keep the video's own sound under the music.")] = False,
    takes: Annotated[
        int, typer.Option(min=1, help="Make so many pieces of music, and keep the one that goes best with the video.")
    ] = 1,
    events: Annotated[
        Path | None,
        typer.Option(help="CSV with time_s, accent, energy: what the music follows in place of cuts and movement."),
    ] = None,
    guidance: Annotated[
        float | None,
        typer.Option(
            min=0,
            help="Above 1, the music follows video and prompt more strictly than in training; 1 turns this off. "
            "Without it: what the models are evaluated with.",
            show_default=False,
        ),
    ] = None,
    decoder: Annotated[
        Literal["griffin_lim", "vocoder"] | None,
        typer.Option(
            help="What makes the sound; the vocoder has to be trained. Without it: what the models are evaluated with.",
            show_default=False,
        ),
    ] = None,
    guard: Annotated[bool, typer.Option(help="Draw silence and loops again, with another seed.")] = True,
    encode: Annotated[
        Encode, typer.Option(help="Encode the picture, where the output cannot hold it as it is.")
    ] = "copy",
    overwrite: Annotated[bool, typer.Option(help="Replace the output if it exists.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON on standard output.")] = False,
) -> None:
    """Put a soundtrack on a video.

    The picture is copied untouched, unless --encode is given; the music is as long as the picture, fades out at its
    end, and is set to the target loudness. The last lines say which models were used.
    """
    from v2meow_pipeline.app.environment import resolve_models
    from v2meow_pipeline.composer import composer_of
    from v2meow_pipeline.composer import generate as compose
    from v2meow_pipeline.media.mux import MuxConfig

    mux = MuxConfig.parse({"loudness_lufs": loudness, "keep_original": keep_original, "encode": encode})
    models = resolve_models(model)
    config = composer_of(models.folder).changed(decoder=decoder, guard=None if guard else False, guidance=guidance)
    result = compose(
        video,
        output,
        prompt=prompt,
        seed=seed,
        takes=takes,
        events=events,
        models=models,
        mux=mux,
        config=config,
        overwrite=overwrite,
    )
    if as_json:
        typer.echo(json.dumps(result.to_dict(), indent=2))
    else:
        typer.echo(result.summary())


@app.command()
def model(
    env: Annotated[str, typer.Option(help="Environment of the configuration: base, test, paper.")] = "base",
    step: Annotated[str | None, typer.Option(help="Take one real optimiser step of this stage, and time it.")] = None,
    batch: Annotated[int, typer.Option(min=1, help="Examples of that step.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the counts as JSON on standard output.")] = False,
) -> None:
    """Show what the models of an environment weigh and cost, before anything is trained.

    Parameters, sequence lengths, memory and operations of an optimiser step, and the work of decoding 10 s of music are
    counted on tensors without data, so the paper's sizes are shown on any laptop.
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
    env: Annotated[str, typer.Option(help="Environment of the configuration: local, test, paper.")] = "local",
    cron: Annotated[
        str | None, typer.Option(help='When, as in a crontab: "0 3 * * 1" is Mondays at 3. Without it: now, once.')
    ] = None,
) -> None:
    """Train on what is new, and put the result in the champion's place if it is better.

    The same as `kedro run --pipeline retrain`. With --cron it stays and runs a round at each date, on one machine;
    docs/how-to/scheduling.md also has cron, systemd and Airflow.
    """
    from v2meow_pipeline.app.schedule import retrain as retrain_now
    from v2meow_pipeline.app.schedule import retrain_on_schedule

    if cron is None:
        retrain_now(Path.cwd(), env)
    else:
        retrain_on_schedule(Path.cwd(), env, cron)


@app.command()
def parameters(
    output: Annotated[Path, typer.Option("--output", "-o", help="The YAML file that is written.")],
) -> None:
    """Write the parameters that decide results, for DVC.

    Those of the environment that params.yaml names, as Kedro resolves them; `dvc repro` runs this first.
    """
    from v2meow_pipeline.app.dvc_parameters import write_parameters

    write_parameters(Path.cwd(), output)


@app.command()
def demo(
    from_scratch: Annotated[
        bool, typer.Option("--from-scratch", help="Train from random weights, though a release is installed.")
    ] = False,
    started: Annotated[float | None, typer.Option(help="Unix time at which the set-up began.", hidden=True)] = None,
) -> None:
    """Put a soundtrack on a real clip; then train on the synthetic corpus, evaluate, and put one on it again.

    The first soundtrack is the release's, where it is installed; stages are then trained on from its weights, unless
    `demo.from_scratch` or --from-scratch says otherwise.
    """
    from v2meow_pipeline.app.demo import DemoConfig, run_demo
    from v2meow_pipeline.app.environment import load_config

    config = DemoConfig.parse(load_config(Path.cwd(), "local", "parameters")["demo"])
    run_demo(Path.cwd(), started, config.model_copy(update={"from_scratch": from_scratch or config.from_scratch}))


def main() -> None:
    """Runs the command; a failure that a person can mend is one line on standard error and exit code 2."""
    # SIGTERM ends a command as Ctrl-C does, and nothing half-made stays.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        app()
    except V2MeowError as error:
        print(f"v2meow: {' '.join(str(error).split())}", file=sys.stderr)
        sys.exit(USAGE_ERROR)
    except OSError as error:
        print(
            f"v2meow: {error.filename or 'a file'}: {error.strerror or error}. Check path, rights and disk.",
            file=sys.stderr,
        )
        sys.exit(USAGE_ERROR)
