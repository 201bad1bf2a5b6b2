"""The report as one HTML file that needs nothing else: style, script, pictures and sound are inside it."""

import base64
import hashlib
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from v2meow_pipeline.metrics.table import show_number

FOLDER = "page_files"


def render_page(content: Mapping[str, Any]) -> str:
    """The page.

    Args:
        content: what the template shows, see `write.page_content`. All of it is taken for text: no name, caption or
            genre can become markup, and the page's own policy forbids every script but ours.

    Returns:
        HTML.
    """
    style, script = _own("report.css"), _own("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _template().render(style=Markup(style), script=Markup(script), digest=digest, **content)


def data_uri(data: bytes, kind: str) -> str:
    """Bytes as an address that holds them.

    Args:
        data: of a file.
        kind: its media type.

    Returns:
        Such as "data:image/png;base64,...".
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def sort_key(value: float | None) -> str:
    """What the script sorts a cell by; empty, and so last, where there is no number."""
    return "" if value is None or not math.isfinite(value) else f"{value:.9g}"


def breakable(name: str) -> Markup:
    """A key that may be broken behind its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(number=show_number, sort_key=sort_key, breakable=breakable, uri=data_uri)
    return environment.from_string(_own("report.html.jinja"))


def _own(name: str) -> str:
    return files(__package__).joinpath(FOLDER, name).read_text(encoding="utf-8")
