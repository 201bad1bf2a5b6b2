"""`v2meow release`: the trained models that are installed as a package, and how such a package is built."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from v2meow_pipeline.errors import ConfigError

app = typer.Typer(help="The release of trained models: show and check it, or build one.", no_args_is_help=True)


@app.command()
def show() -> None:
    """Check the installed release, file by file, and say what it is."""
    from v2meow_pipeline.release import open_release

    release = open_release()
    manifest = release.manifest
    typer.echo(
        f"{release.name} in {release.folder.parent}: {manifest.size / 1e6:.1f} MB, every file as its manifest says."
    )
    typer.echo(f"Model {manifest.model}, networks in {manifest.precision}, built at commit {manifest.commit}.")
    for name, part in manifest.parts.items():
        typer.echo(f"  {name}: {part.kind}, {part.parameters / 1e6:.2f} M numbers, {part.trained_on}")


@app.command()
def build(
    models: Annotated[Path, typer.Option(help="Folder of trained models.")] = Path("data/06_models"),
    output: Annotated[Path, typer.Option("--output", "-o", help="Folder of the package.")] = Path(
        "weights/src/v2meow_weights"
    ),
    evaluation: Annotated[
        Path | None,
        typer.Option(help="Data folder of an evaluation of this very release."),
    ] = None,
    fact: Annotated[
        list[str] | None, typer.Option(help='A statement for the manifest: --fact "energy=0.2 kWh"; repeatable.')
    ] = None,
    precision: Annotated[
        Literal["float16", "float32"], typer.Option(help="Of the networks' matrices in the files.")
    ] = "float16",
    env: Annotated[str, typer.Option(help="Environment whose headline metrics are kept: base, test, paper.")] = "base",
    overwrite: Annotated[bool, typer.Option(help="Replace the same version; only while it is not published.")] = False,
) -> None:
    """Pack trained models as a release, with its manifest and the facts of its cards.

    The sampling is the one that the models are evaluated with. The same command, with --evaluation, adds the metrics:

    \b
    v2meow release build
    kedro run --pipeline evaluate --params evaluate.model=release
    v2meow release build --evaluation data/release_evaluation
    """
    from v2meow_pipeline.app.environment import load_config
    from v2meow_pipeline.composer.release_build import Facts, build_release
    from v2meow_pipeline.tracking.provenance import git_tags

    headline = load_config(Path.cwd(), env, "parameters")["headline_metrics"]
    tags = git_tags(Path.cwd())
    facts = Facts(tags["git.commit"], headline, _statements(fact or []))
    release = build_release(models, output, facts, evaluation, precision, overwrite)
    if tags.get("git.dirty") == "true":
        typer.echo("Files differ from that commit: build the final release from a clean checkout.", err=True)
    typer.echo(f"{release.name}: {release.manifest.size / 1e6:.1f} MB in {output}, model {release.manifest.model}")


def _statements(facts: list[str]) -> dict[str, str]:
    found = {}
    for fact in facts:
        name, equals, value = fact.partition("=")
        if not (name and equals and value):
            raise ConfigError(f"{fact!r} is not a fact.", 'Write --fact "name=value".')
        found[name] = value
    return found
