"""Groups of command-line options."""

from dataclasses import dataclass
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from v2meow_pipeline.app.commands.option_groups import with_option_groups


@dataclass(frozen=True)
class Colours:
    """A group with an option of another flag."""

    red: Annotated[int, typer.Option(min=0)] = 1
    blue_share: Annotated[float, typer.Option("--blue")] = 0.5


@with_option_groups
def paint(
    context: typer.Context,
    wall: Annotated[str, typer.Argument()],
    colours: Colours,
    times: Annotated[int, typer.Option()] = 2,
) -> None:
    """Paint a wall."""
    typer.echo(f"{wall} {colours.red} {colours.blue_share} {times} {context.command.name}")


@pytest.mark.parametrize(
    ("words", "printed"),
    [
        (["north"], "north 1 0.5 2 paint"),
        (["north", "--blue", "0.25", "--times", "3", "--red", "7"], "north 7 0.25 3 paint"),
    ],
)
def test_the_fields_of_a_group_are_options(words: list[str], printed: str) -> None:
    """Catches options that do not reach their group, and defaults that are lost."""
    app = typer.Typer()
    app.command()(paint)
    assert CliRunner().invoke(app, words).output.strip() == printed


def test_a_group_keeps_the_limits_of_its_options() -> None:
    """Catches a group that loses what typer checks."""
    app = typer.Typer()
    app.command()(paint)
    assert CliRunner().invoke(app, ["north", "--red", "-1"]).exit_code == 2
