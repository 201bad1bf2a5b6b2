"""Names and tags that distinguish runs in the MLflow UI."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.tracking.runs import VARIANT, flatten

# Default environments, which are left out of run names.
PLAIN = ("base", "local")
CHANGED = "changed"
LONGEST_NAME, LONGEST_TAG = 120, 5000


def describe_run(
    pipeline: str, env: str, variant: str | None, changed: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """Builds the name and descriptive tags of a run.

    Args:
        pipeline: name of the pipeline.
        env: configuration environment.
        variant: visual variant; None if the run does not depend on it.
        changed: nested parameters set on the command line.

    Returns:
        Name, such as "train clip+i3d semantic.train.lr=0.002 (test)", and the tags `pipeline`, `env`, `variant` and
        `changed`.
    """
    pairs = dict(flatten(changed))
    shown = [f"{key}={value}" for key, value in sorted(pairs.items()) if key != "visual.variant"]
    words = [pipeline, *([variant] if variant else []), *shown, *([] if env in PLAIN else [f"({env})"])]
    tags = {"pipeline": pipeline, "env": env, CHANGED: ", ".join(shown)[:LONGEST_TAG] or "nothing"}
    return " ".join(words)[:LONGEST_NAME], tags | ({VARIANT: variant} if variant else {})
