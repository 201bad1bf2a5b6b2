"""`v2meow study`: a listening study with raters: its creation, its pages, and its analysis."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from v2meow_pipeline.app.commands.extras import require_extra
from v2meow_pipeline.app.commands.option_groups import with_option_groups
from v2meow_pipeline.app.commands.server_options import Host, Port, announce, page_address
from v2meow_pipeline.errors import ConfigError

if TYPE_CHECKING:
    from v2meow_pipeline.study.design import StudyDesign
    from v2meow_pipeline.study.power import PowerAssumptions

# Modules of the extra `study`.
MODULES = ("fastapi", "uvicorn", "choix", "krippendorff", "matplotlib", "jinja2", "pandas", "tabulate")

app = typer.Typer(
    help="Compare systems in a listening study: raters see a video with two pieces of music, and answer the two "
    "questions of the paper.",
    no_args_is_help=True,
)

Study = Annotated[Path, typer.Argument(help="Folder of the study.")]


@dataclass(frozen=True)
class DesignOptions:
    """Options with the names of the fields of `StudyConfig`."""

    title: Annotated[str, typer.Option(help="Title, shown to raters.")] = "Which music fits the video?"
    seed: Annotated[int, typer.Option(min=0, help="Seed of the order of pairs and sides.")] = 0
    seconds: Annotated[
        float | None, typer.Option(min=1, help="Duration shown of each video, from its start, s. Default: all of it.")
    ] = None
    min_listen_s: Annotated[
        float, typer.Option("--min-listen", min=0.5, help="Duration of each track to listen to before answering, s.")
    ] = 5.0
    pairs_per_rater: Annotated[int, typer.Option(min=1, help="Maximum number of pairs for one rater.")] = 20
    checks: Annotated[int, typer.Option(min=0, max=10, help="Attention checks per rater.")] = 2
    headphone_check: Annotated[
        bool, typer.Option("--headphones/--no-headphones", help="Require the headphone check: five of six trials.")
    ] = True


@dataclass(frozen=True)
class PowerOptions:
    """Options of the power calculation."""

    raters: Annotated[int, typer.Option(min=1, help="Expected number of raters, for the power calculation.")] = 20
    ties: Annotated[
        float, typer.Option(min=0, max=0.9, help="Expected share of neutral answers, for the power calculation.")
    ] = 0.2
    correlation: Annotated[
        float,
        typer.Option(
            min=0, max=1, help="Expected intra-class correlation of one rater's votes, for the power calculation."
        ),
    ] = 0.05


@app.command()
@with_option_groups
def create(
    videos: Annotated[Path, typer.Option(help="Folder of the videos; their own sound is not used.")],
    systems: Annotated[
        list[str],
        typer.Option(
            metavar="NAME=DIR...",
            help="Name of a system, and the folder of its audio or video files, with the stems of the videos. At least "
            "two.",
        ),
    ],
    more_systems: Annotated[list[str] | None, typer.Argument(metavar="[NAME=DIR]...", show_default=False)] = None,
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the study, to be created.")] = Path(
        "data/study"
    ),
    *,
    design: DesignOptions,
    genres: Annotated[
        Path | None, typer.Option(help="CSV with the columns file, genre, for results per genre.")
    ] = None,
    power: PowerOptions,
) -> None:
    """Create the folder of a study, and print how many raters it needs.

    Each pair is one video with the music of two systems, all at one loudness. Order and sides are balanced and differ
    between raters. The folder needs no other file afterwards; edit its consent.html before the study starts.

        v2meow study create --systems ours=out/ours cmt=out/cmt --videos clips --output data/study
    """
    require_extra("study", MODULES)
    from v2meow_pipeline.study.config import StudyConfig
    from v2meow_pipeline.study.create import create_study
    from v2meow_pipeline.study.power import PowerAssumptions

    folders = _named([*systems, *(more_systems or [])])
    created = create_study(output, folders, videos, StudyConfig(**vars(design)), genres)
    _print_power(created, power.raters, PowerAssumptions(ties=power.ties, correlation=power.correlation))
    typer.echo(f"Edit {output / 'consent.html'}, then start the study: v2meow study serve {output}")


@app.command()
def serve(
    study: Study,
    host: Host = "127.0.0.1",
    port: Port = 7861,
    proxy: Annotated[str | None, typer.Option(help="Address of a reverse proxy in front of the server.")] = None,
    raters_per_hour: Annotated[
        int, typer.Option(min=1, help="Maximum number of raters who start from one network address per hour.")
    ] = 50,
) -> None:
    """Open the pages of a study for raters. A restart loses nothing.

    Raters on other machines need a reverse proxy with TLS (docs/how-to/listening-study.md), or --host.
    """
    require_extra("study", MODULES)
    from v2meow_pipeline.study.server import serve as serve_study
    from v2meow_pipeline.study.session import StudySessions

    page = page_address(host, port)
    sessions = StudySessions(study)
    announce(host, f"Page for raters: {page}", "take part")
    serve_study(sessions, host, port, proxy, raters_per_hour)


@app.command()
def analyse(
    study: Study,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder of the report. Default: STUDY/report.")
    ] = None,
    max_failed_checks: Annotated[
        int, typer.Option(min=0, help="Leave out raters who failed more attention checks than this.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the bootstrap.")] = 0,
) -> None:
    """Analyse the votes: win rates, tests, Bradley-Terry strengths, agreement, per genre; with plots and a CSV file.

    v2meow study analyse data/study
    """
    require_extra("study", MODULES)
    from v2meow_pipeline.study.analysis.analyse import analyse_study
    from v2meow_pipeline.study.analysis.report import write_report

    analysis = analyse_study(study, max_failed_checks, seed)
    folder = output or study / "report"
    write_report(analysis, folder)
    for line in analysis.sentences():
        typer.echo(line)
    typer.echo(f"Report: {folder / 'report.html'}")


@app.command()
def export(study: Study, output: Annotated[Path, typer.Option("--output", "-o", help="CSV file to write.")]) -> None:
    """Write all votes to a CSV file, one row per vote, with the raters' attention checks."""
    require_extra("study", MODULES)
    from v2meow_pipeline.study.analysis.votes import load_votes, write_csv

    votes = load_votes(study)
    write_csv(votes, output)
    typer.echo(f"{len(votes)} votes: {output}")


def _named(given: list[str]) -> dict[str, Path]:
    folders: dict[str, Path] = {}
    for text in given:
        name, equals, folder = text.partition("=")
        if not equals or not folder or name in folders:
            raise ConfigError(
                f"{text!r} is not a new system as NAME=DIR.", "Give each system one name: --systems a=DIR b=DIR"
            )
        folders[name] = Path(folder)
    return folders


def _print_power(design: "StudyDesign", raters: int, assumptions: "PowerAssumptions") -> None:
    """Prints the size of the study, and the raters needed for a power of 80 %."""
    from v2meow_pipeline.study.power import detectable_rate, power_table

    pairs, combinations = len(design.pairs()), len(design.pairs()) // len(design.clips)
    per_rater = min(design.config.pairs_per_rater, pairs)
    each = per_rater / combinations
    typer.echo(
        f"{len(design.clips)} videos, {len(design.systems)} systems, {pairs} pairs; {per_rater} pairs and "
        f"{len(design.checks)} attention checks per rater."
    )
    found = detectable_rate(raters, each, assumptions)
    typer.echo(
        f"{raters} raters give {raters * each:.0f} votes on two systems, which detect "
        + ("no win rate" if found is None else f"a win rate of {found:.1%} or more")
        + f" (sign test at 5 %, power 80 %, {assumptions.ties:.0%} ties, correlation {assumptions.correlation:g})."
    )
    typer.echo("win rate  votes on two systems  raters")
    for row in power_table(each, assumptions):
        typer.echo(f"{row.rate:8.0%}  {row.votes or 'too many':>20}  {row.raters or '-':>6}")
