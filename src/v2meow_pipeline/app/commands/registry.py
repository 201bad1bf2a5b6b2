"""`v2meow registry`: lists registered model versions, promotes one to champion, rolls back."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from v2meow_pipeline.tracking.registry import Version

app = typer.Typer(help="Registered models: list, promote, roll back.", no_args_is_help=True)

Env = Annotated[str, typer.Option(help="Configuration environment, a folder of conf/: base, test, paper.")]
Reason = Annotated[str, typer.Option(help="Reason for the change, stored with the version.")]


@app.command("list")
def show(
    env: Env = "base",
    as_json: Annotated[bool, typer.Option("--json", help="Print the versions as JSON on standard output.")] = False,
) -> None:
    """List the registered versions, newest first, with the clips they were trained on, losses and scores."""
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.tracking.registry import registered_names, versions

    name = open_store(Path.cwd(), env)
    found = versions(name)
    if as_json:
        typer.echo(json.dumps([{**version._asdict(), "uri": version.uri} for version in found], indent=2))
        return
    if not found:
        typer.echo(f"No {name} is registered: `kedro run --pipelines train --env {env}` registers what it trained.")
        others = registered_names()
        if others:
            typer.echo(f"Registered from other environments (--env): {', '.join(others)}.")
    for version in found:
        typer.echo(_describe(version))


@app.command()
def promote(
    version: Annotated[str | None, typer.Argument(help="Version number or alias.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Promote the candidate without comparing it first.")] = False,
    reason: Reason = "",
    env: Env = "base",
) -> None:
    """Make a version the champion; the previous champion is kept for `rollback`.

    Without a version, shows the scores of candidate and champion for comparison and changes nothing.
    """
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.errors import ConfigError
    from v2meow_pipeline.tracking import registry

    name = open_store(Path.cwd(), env)
    if version is None and not yes:
        for known in registry.versions(name):
            if {"candidate", "champion"} & set(known.aliases):
                typer.echo(_describe(known))
        raise ConfigError(
            "No version was given to promote to champion.", "Give a version number, or --yes to promote the candidate."
        )
    typer.echo(_describe(registry.promote(name, version or "candidate", reason)))


@app.command()
def rollback(reason: Reason = "rolled back", env: Env = "base") -> None:
    """Make the previous champion the champion again."""
    from v2meow_pipeline.app.environment import open_store
    from v2meow_pipeline.tracking import registry

    typer.echo(_describe(registry.rollback(open_store(Path.cwd(), env), reason)))


def _describe(version: "Version") -> str:
    when = datetime.fromtimestamp(version.created_ms / 1000).strftime("%Y-%m-%d %H:%M")
    scores = ", ".join(
        f"{key.removeprefix('score.')} {value}" for key, value in sorted(version.tags.items()) if "score." in key
    )
    aliases = f" ({', '.join(version.aliases)})" if version.aliases else ""
    tags = version.tags
    clips = f"{tags['clips.count']} clips ({tags['clips.fingerprint']})  " if "clips.count" in tags else ""
    return f"{version.uri}{aliases}  {when}  {tags.get('fingerprint', '')}  {clips}{scores}"
