"""Command class whose option `--scene` takes two words, a span and a prompt."""

from typing import Any

from typer.core import TyperCommand

SCENE = "--scene"


class SceneCommand(TyperCommand):
    """Joins the span and the prompt after `--scene` to one value; typer has no repeated option with two values."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Parses the command line."""
        return super().parse_args(ctx, joined(args))


def joined(args: list[str]) -> list[str]:
    """Command line with one word per scene.

    Args:
        args: words of the command line.

    Returns:
        The words, where `--scene SPAN PROMPT` has become `--scene "SPAN PROMPT"`; a value with a space is unchanged.
    """
    words, rest = list[str](), list(args)
    while rest:
        word = rest.pop(0)
        if word == SCENE and rest:
            rest.insert(0, f"{SCENE}={rest.pop(0)}")
        elif word.startswith(f"{SCENE}=") and " " not in word and rest and not rest[0].startswith("-"):
            words.append(f"{word} {rest.pop(0)}")
        else:
            words.append(word)
    return words
