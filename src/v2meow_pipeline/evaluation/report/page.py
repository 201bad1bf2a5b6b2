"""Rendering of the report as a self-contained HTML file with embedded style, script, images, video and audio."""

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
    """Renders the page.

    All content is escaped, so names, captions and genres cannot inject markup, and the page's content security policy
    allows only our own script.

    Args:
        content: variables of the template, see `write.page_content`.

    Returns:
        HTML.
    """
    style, script = _own("report.css"), _own("report.js")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return _template().render(style=Markup(style), script=Markup(script), digest=digest, **content)


def data_uri(data: bytes, kind: str) -> str:
    """Data URI of a file.

    Args:
        data: content of the file.
        kind: media type, such as "image/png".

    Returns:
        URI such as "data:image/png;base64,...".
    """
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def sort_key(value: float | None) -> str:
    """Sort key of a table cell for the page's script; empty, which sorts last, for None, NaN and infinity."""
    return "" if value is None or not math.isfinite(value) else f"{value:.9g}"


def breakable(name: str) -> Markup:
    """Name with optional line breaks after its underscores."""
    return Markup("_<wbr>").join(name.split("_"))


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters.update(number=show_number, sort_key=sort_key, breakable=breakable, uri=data_uri)
    return environment.from_string(_own("report.html.jinja"))


def _own(name: str) -> str:
    return files(__package__).joinpath(FOLDER, name).read_text(encoding="utf-8")
