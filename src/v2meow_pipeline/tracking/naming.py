"""What a run is called and tagged, so that it can be told from its neighbours at a glance."""

from collections.abc import Mapping
from typing import Any

from v2meow_pipeline.tracking.runs import VARIANT, flatten

# Environments whose name says nothing that the experiment's does not.
PLAIN = ("base", "local")
CHANGED = "changed"
LONGEST_NAME, LONGEST_TAG = 120, 5000


def describe_run(
    pipeline: str, env: str, variant: str | None, changed: Mapping[str, Any]
) -> tuple[str, dict[str, str]]:
    """The name and the telling tags of a run.

    Args:
        pipeline: which was run.
        env: environment of the configuration.
        variant: what the stages see of the video; None where nothing of the run depends on it.
        changed: nested parameters that the command line set.

    Returns:
        For instance "train clip+i3d semantic.train.lr=0.002 (test)", and the tags `pipeline`, `env`, `variant` and
        `changed`.
    """
    pairs = dict(flatten(changed))
    shown = [f"{key}={value}" for key, value in sorted(pairs.items()) if key != "visual.variant"]
    words = [pipeline, *([variant] if variant else []), *shown, *([] if env in PLAIN else [f"({env})"])]
    tags = {"pipeline": pipeline, "env": env, CHANGED: ", ".join(shown)[:LONGEST_TAG] or "nothing"}
    return " ".join(words)[:LONGEST_NAME], tags | ({VARIANT: variant} if variant else {})
