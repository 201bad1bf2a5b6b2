"""Every documented command: its subcommand and options, and the pipelines and parameters that it names."""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from itertools import pairwise
from typing import Any

import pytest
import typer.main
from tests.support.documented_commands import Command, commands
from tests.support.project import ROOT

from v2meow_pipeline.app.commands.scene_option import joined
from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.app.main import app
from v2meow_pipeline.pipeline_registry import register_pipelines

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
COMMANDS = [command for page in PAGES if page.name != "log.md" for command in commands(page)]
# Environments that a page tells the reader to make.
MADE_BY_THE_READER = {"big", "mine", "tuned", "NAME", "X"}


@cache
def pipelines() -> Mapping[str, Any]:
    """All registered pipelines."""
    return register_pipelines()


@cache
def parameters(env: str) -> Mapping[str, Any]:
    """Parameters of an environment."""
    return load_config(ROOT, env if (ROOT / "conf" / env).is_dir() else "base", "parameters")


def of(program: str) -> list[Any]:
    """Documented commands of a program, each one once."""
    found = {command.words: command for command in COMMANDS if command.words[0] == program}
    return [pytest.param(command, id=str(command)) for command in found.values()]


def test_pages_have_commands() -> None:
    """Catches a parser that finds nothing, so that all other tests pass."""
    assert len(of("v2meow")) > 40 and len(of("kedro")) > 30 and len(of("make")) > 5


@pytest.mark.parametrize("command", of("v2meow"))
def test_v2meow(command: Command) -> None:
    """Catches a subcommand or option that was renamed, and numbers out of range."""
    current, words = typer.main.get_command(app), list(command.words[1:])
    while hasattr(current, "commands") and words and not words[0].startswith("-"):
        assert words[0] in current.commands, f"no subcommand {words[0]}"
        current = current.commands[words.pop(0)]
    if "--help" in words or (hasattr(current, "commands") and not words):
        return
    context = current.context_class(current, info_name="v2meow")
    values, rest, given = current.make_parser(context).parse_args(args=joined(words))
    assert not rest, f"too many arguments: {rest}"
    for parameter in given:
        number = parameter.type_descriptor.annotation
        if number in (int, float):
            value = number(values[parameter.name])
            assert (parameter.min is None or value >= parameter.min) and (
                parameter.max is None or value <= parameter.max
            )


@pytest.mark.parametrize("command", of("make"))
def test_make(command: Command) -> None:
    """Catches a target that does not exist."""
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    for word in command.words[1:]:
        assert word in targets or "=" in word, word


@pytest.mark.parametrize("command", of("pip"))
def test_pip(command: Command) -> None:
    """Catches files and extras that do not exist."""
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    for option, word in pairwise(command.words):
        if option in ("-c", "-r", "--constraint", "--requirement"):
            assert (ROOT / word).is_file(), word
        if match := re.search(r"^(?:\.|v2meow-pipeline)\[(.+)\]", word):
            assert set(match[1].split(",")) <= set(extras), word


@pytest.mark.parametrize("command", of("kedro"))
def test_kedro(command: Command) -> None:
    """Catches pipelines, nodes, environments and parameters that do not exist."""
    if command.words[1:2] != ("run",):
        assert command.words[1] in ("viz", "ipython", "jupyter", "airflow"), command.words[1]
        return
    options = _options(command.words[2:])
    env = options.get("--env", "base")
    assert (ROOT / "conf" / env).is_dir() or env in MADE_BY_THE_READER, env
    names = _list(options, "--pipeline") + _list(options, "--pipelines")
    for name in names:
        assert name in pipelines(), name
    # Without names, Kedro takes the default pipeline; hooks replace it by that of the path.
    nodes = [node for pipeline in map(pipelines().__getitem__, names or ["__default__"]) for node in pipeline.nodes]
    assert {node.name for node in nodes} >= set(_list(options, "--nodes"))
    for pair in _list(options, "--params"):
        _check_parameter(parameters(env), pair.partition("=")[0])


def _options(words: tuple[str, ...]) -> dict[str, str]:
    pairs = iter(words)
    found = {}
    for word in pairs:
        assert word in ("--env", "--pipeline", "--pipelines", "--params", "--nodes", "--namespaces"), word
        found[word] = next(pairs)
    return found


def _list(options: dict[str, str], name: str) -> list[str]:
    return [word for word in options.get(name, "").split(",") if word and not word.startswith(("$", "<", "..."))]


def _check_parameter(known: Any, key: str) -> None:
    first, *inner = key.split(".")
    assert first in known, f"no parameter {key}"
    value = known[first]
    for name in inner:
        # Keys that conf does not write have defaults in the configuration classes.
        if not isinstance(value, Mapping) or name not in value:
            return
        value = value[name]
