"""Origin of generated music, stored in the comment of the output file."""

import json
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

COMMENT = "AI-generated music by v2meow"
_STORED = re.compile(rf"(?:; )?{re.escape(COMMENT)}(?: (\{{.*\}}))?")


class Origin(NamedTuple):
    """What is needed to generate the same music again.

    Attributes:
        version: version of this package.
        model: fingerprint of the models.
        models: name of the models, such as "release 1.0.0 (v2meow-weights)".
        seed: seed of the music.
        prompt: prompt of the music, or None.
        recipe: further settings that the music depends on (composer/recipe.py); None if all have their defaults.
    """

    version: str
    model: str
    models: str
    seed: int
    prompt: str | None = None
    recipe: Mapping[str, Any] | None = None


def add_origin(comment: str, origin: Origin | None) -> str:
    """Comment with a note on the origin of the music; an earlier note is replaced.

    Args:
        comment: comment of the source video, or empty.
        origin: origin of the music; None for a note without details.

    Returns:
        Comment of the output.
    """
    values = {} if origin is None else origin._asdict()
    if not values.get("recipe"):
        values.pop("recipe", None)
    details = f" {json.dumps(values, ensure_ascii=False)}" if values else ""
    return "; ".join(filter(None, (_STORED.sub("", comment), COMMENT + details)))


def read_origin(comment: str) -> Origin | None:
    """Reads the origin of the music from a comment.

    Args:
        comment: comment of a media file; it may come from anybody.

    Returns:
        The origin; None if there is none, or it is not complete.
    """
    found = _STORED.search(comment)
    try:
        values = json.loads(found.group(1)) if found and found.group(1) else None
    except ValueError:
        return None
    if not isinstance(values, dict) or not set(values) >= {"version", "model", "models", "seed"}:
        return None
    if not isinstance(values["seed"], int):
        return None
    prompt = values.get("prompt")
    version, model, models = (str(values[name]) for name in ("version", "model", "models"))
    recipe = values.get("recipe")
    return Origin(
        version,
        model,
        models,
        values["seed"],
        None if prompt is None else str(prompt),
        recipe if isinstance(recipe, dict) else None,
    )
