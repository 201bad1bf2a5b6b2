"""`v2meow registry`: which models are registered, which of them is the champion, and the way back."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.tracking.registry import Version

app = typer.Typer(help="Registered models: list, promote, roll back.", no_args_is_help=True)

Env = Annotated[str, typer.Option(help="Environment of the configuration: base, test, paper.")]
Reason = Annotated[str, typer.Option(help="Why, in words; kept with the version.")]


@app.command("list")
def show(
    env: Env = "base",
    as_json: Annotated[bool, typer.Option("--json", help="Print them as JSON on standard output.")] = False,
) -> None:
    """List the registered versions, newest first."""
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.tracking.registry import versions

    found = versions(open_store(Path.cwd(), env))
    if as_json:
        typer.echo(json.dumps([{**version._asdict(), "uri": version.uri} for version in found], indent=2))
        return
    if not found:
        typer.echo("Nothing is registered yet: `kedro run --pipeline train` registers what it trained.")
    for version in found:
        typer.echo(_told(version))


@app.command()
def promote(
    version: Annotated[str | None, typer.Argument(help="Number of the version, or an alias.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="The candidate, without having looked.")] = False,
    reason: Reason = "",
    env: Env = "base",
) -> None:
    """Make a version the champion; the one before is remembered.

    Without a version it shows the candidate beside the champion: the newest models are not always the better ones.
    """
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.errors import ConfigError
    from v2meow_pipeline.tracking import registry

    name = open_store(Path.cwd(), env)
    if version is None and not yes:
        for known in registry.versions(name):
            if {"candidate", "champion"} & set(known.aliases):
                typer.echo(_told(known))
        raise ConfigError("Which version becomes the champion?", "Give its number, or --yes for the candidate.")
    typer.echo(_told(registry.promote(name, version or "candidate", reason)))


@app.command()
def rollback(reason: Reason = "rolled back", env: Env = "base") -> None:
    """Make the previous champion the champion again."""
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.tracking import registry

    typer.echo(_told(registry.rollback(open_store(Path.cwd(), env), reason)))


def _told(version: "Version") -> str:
    when = datetime.fromtimestamp(version.created_ms / 1000).strftime("%Y-%m-%d %H:%M")
    scores = ", ".join(
        f"{key.removeprefix('score.')} {value}" for key, value in sorted(version.tags.items()) if "score." in key
    )
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    return f"{version.uri}{aliases}  {when}  {version.tags.get('fingerprint', '')}  {scores}"
