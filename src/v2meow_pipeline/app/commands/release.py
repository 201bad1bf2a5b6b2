"""`v2meow release`: shows and checks the installed package of trained models, or builds one."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from v2meow_pipeline.errors import ConfigError

app = typer.Typer(
    help="Release (package of trained models): show and check the installed one, or build one.", no_args_is_help=True
)


@app.command()
def show() -> None:
    """Verify every file of the installed release against its manifest, and describe its parts."""
    from v2meow_pipeline.release import open_release

    release = open_release()
    manifest = release.manifest
    typer.echo(
        f"{release.name} in {release.folder.parent}: {manifest.size / 1e6:.1f} MB, every file matches its manifest."
    )
    typer.echo(f"Model {manifest.model}, networks in {manifest.precision}, built at commit {manifest.commit}.")
    for name, part in manifest.parts.items():
        typer.echo(f"  {name}: {part.kind}, {part.parameters / 1e6:.2f} M numbers, {part.trained_on}")


@app.command()
def build(
    models: Annotated[Path, typer.Option(help="Folder of trained models.")] = Path("data/06_models"),
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Output folder: source of the release package.")
    ] = Path("weights/src/v2meow_weights"),
    evaluation: Annotated[
        Path | None,
        typer.Option(help="Data folder of an evaluation of this release; its metrics are added to the manifest."),
    ] = None,
    fact: Annotated[
        list[str] | None,
        typer.Option(help='Statement added to the manifest, such as --fact "energy=0.2 kWh"; repeatable.'),
    ] = None,
    precision: Annotated[
        Literal["float16", "float32"], typer.Option(help="Precision of the stored weight matrices.")
    ] = "float16",
    env: Annotated[
        str,
        typer.Option(
            help="Configuration environment (folder of conf/) that sets the headline metrics: base, test, paper."
        ),
    ] = "base",
    overwrite: Annotated[
        bool, typer.Option(help="Replace an existing build of the same version. Do not use it for a published version.")
    ] = False,
) -> None:
    """Build a release from trained models, with its manifest and model card.

    The release uses the sampling settings that the models are evaluated with. To add metrics, evaluate the release and
    run the command again with --evaluation:

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
        typer.echo(
            "Warning: the checkout has uncommitted changes; build the final release from a clean checkout.", err=True
        )
    typer.echo(f"{release.name}: {release.manifest.size / 1e6:.1f} MB in {output}, model {release.manifest.model}")


def _statements(facts: list[str]) -> dict[str, str]:
    found = {}
    for fact in facts:
        name, equals, value = fact.partition("=")
        if not (name and equals and value):
            raise ConfigError(f"--fact {fact!r} is not of the form name=value.", 'Write --fact "name=value".')
        found[name] = value
    return found
