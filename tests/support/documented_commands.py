"""Shell commands in the code blocks of Markdown pages."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FENCE = re.compile(r"^( *)```(?P<language>\w*)\n(?P<body>.*?)^\1``` *$", re.MULTILINE | re.DOTALL)
HERE_DOCUMENT = re.compile(r"<<'?(\w+)'?.*?\n.*?^\1$", re.MULTILINE | re.DOTALL)
SEPARATORS = {"&&", "||", ";", "|", "&", "(", ")", ";;"}
KEYWORDS = {"do", "then", "else", "if", "while", "!"}
PROGRAMS = ("v2meow", "kedro", "make", "pip")


class Command(NamedTuple):
    """One command of a page.

    Attributes:
        page: path of the page.
        line: number of the line where its code block begins.
        words: program, without its directory, and arguments.
    """

    page: Path
    line: int
    words: tuple[str, ...]

    def __str__(self) -> str:
        """Identifies the command in the output of pytest."""
        return f"{self.page.name}:{self.line}: {shlex.join(self.words)}"


def blocks(page: Path, languages: tuple[str, ...] = ("", "bash", "sh")) -> list[tuple[int, str]]:
    """Code blocks in one of the languages: number of the first line, and text without the indentation."""
    text = page.read_text()
    found = []
    for fence in FENCE.finditer(text):
        if fence["language"] in languages:
            body = "\n".join(line.removeprefix(fence[1]) for line in fence["body"].splitlines()) + "\n"
            found.append((text.count("\n", 0, fence.start()) + 1, body))
    return found


def commands(page: Path) -> list[Command]:
    """Commands in a page that use this project: `v2meow`, `kedro`, `make` and `pip`."""
    return [
        Command(page, line, words)
        for line, body in blocks(page)
        for words in _commands(HERE_DOCUMENT.sub("", body.replace("\\\n", " ")))
        if words[0] in PROGRAMS
    ]


def _commands(body: str) -> Iterator[tuple[str, ...]]:
    for line in body.splitlines():
        try:
            words = _words(line)
        except ValueError:
            continue  # not shell, such as a table
        part: list[str] = []
        for word in [*words, ";"]:
            if word not in SEPARATORS:
                part.append(word)
                continue
            part = _without_prefix(part)
            if part:
                yield (part[0].rpartition("/")[2], *part[1:])
            part = []


def _words(line: str) -> list[str]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="();|&")
    lexer.whitespace_split = True
    lexer.commenters = "#"
    return list(lexer)


def _without_prefix(part: list[str]) -> list[str]:
    """Drops keywords, prompts such as `head$`, `sudo` and variables before a command, and redirections behind it."""
    while part and (part[0] in KEYWORDS or part[0].endswith("$") or re.match(r"\w+=", part[0]) or part[0] == "sudo"):
        part = part[1:]
    redirection = next((at for at, word in enumerate(part) if word in (">", ">>", "<", "2>")), len(part))
    return part[:redirection]
