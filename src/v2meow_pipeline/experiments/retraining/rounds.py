"""Retraining rounds and their decisions on disk; applies decisions that an interrupted round left unapplied."""

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import Config, fingerprint
from v2meow_pipeline.corpus.manifest_diff import contents
from v2meow_pipeline.tracking import registry
from v2meow_pipeline.tracking.registry import Version

log = logging.getLogger(__name__)

REVISION = "round-1"
ROUNDS, DECISION, MODELS = "rounds", "decision.json", "models"
PROMOTED, KEPT, NOTHING_NEW = "promoted", "kept", "nothing_new"


class Round(Config):
    """Retraining round, passed between its pipeline steps.

    Attributes:
        id: fingerprint of champion, data and parameters.
        due: whether the round has to be run.
        why: reason why the round is due or not.
        folder: folder of the round.
        champion: URI of the champion version.
        models: folder of the champion's models.
        new: ids of new and changed training clips.
    """

    id: str
    due: bool
    why: str
    folder: str
    champion: str
    models: str
    new: tuple[str, ...] = ()


class Decision(Config):
    """Promotion decision of a round.

    Attributes:
        round: id of the round.
        outcome: "promoted" or "kept".
        why: reason of the decision.
        champion: URI of the champion version during the round.
        challenger: URI of the challenger version.
        settled: whether the decision is applied to the registry.
        at: time of the decision, ISO 8601.
        gains: comparisons of the challenger with the champion.
    """

    round: str
    outcome: str
    why: str
    champion: str
    challenger: str
    settled: bool = False
    at: str
    gains: tuple[dict[str, Any], ...] = ()


def round_id(champion: Version, manifest: pd.DataFrame, parameters: Any) -> str:
    """Fingerprint that identifies a round.

    Args:
        champion: champion version.
        manifest: clip manifest of old and new data.
        parameters: JSON values that affect training and evaluation of the challenger.

    Returns:
        16 hex digits.
    """
    return fingerprint(REVISION, champion.tags.get("content"), contents(manifest), parameters)


def decisions(folder: Path) -> Iterator[tuple[Path, Decision]]:
    """Reads the decisions of all rounds, oldest first.

    Args:
        folder: retraining folder.

    Yields:
        Path of the decision file, and the decision.
    """
    found = [(path, _read(path)) for path in (folder / ROUNDS).glob(f"*/{DECISION}")]
    yield from sorted(found, key=lambda item: item[1].at)


def apply_decision(path: Path, decision: Decision, name: str) -> Decision:
    """Applies a decision to the registry, unless it is applied already, and deletes the challenger's working copy.

    A champion that was changed since the decision is not replaced.

    Args:
        path: path of the decision file.
        decision: decision of a round.
        name: registered model name.

    Returns:
        Decision with `settled` set.
    """
    if decision.settled:
        _delete_working_copy(path)
        return decision
    champion = registry.champion(name)
    current = champion.uri if champion else None
    if decision.outcome == PROMOTED and current not in (decision.champion, decision.challenger):
        why = f"{decision.why} But the champion was changed to {current} in the meantime."
        decision = decision.model_copy(update={"outcome": KEPT, "why": why})
    elif decision.outcome == PROMOTED:
        registry.promote(name, decision.challenger.rpartition("/")[2], decision.why)
    decision = decision.model_copy(update={"settled": True})
    write_decision(path, decision)
    _delete_working_copy(path)
    return decision


def _delete_working_copy(path: Path) -> None:
    """Deletes the challenger's models beside its decision: the registry has a copy."""
    if (path.parent / MODELS).exists():
        shutil.rmtree(path.parent / MODELS)


def settle_all(folder: Path, name: str) -> None:
    """Applies the decisions of rounds that were interrupted before they applied them, or before they deleted files.

    Args:
        folder: retraining folder.
        name: registered model name.
    """
    for path, decision in decisions(folder):
        if not decision.settled:
            log.info("Applying the decision of the interrupted round %s: %s", decision.round, decision.outcome)
        apply_decision(path, decision, name)


def write_decision(path: Path, decision: Decision) -> None:
    """Writes a decision file atomically."""
    write_text(path, json.dumps(decision.model_dump(mode="json"), indent=1) + "\n")


def now() -> str:
    """Current UTC time in ISO 8601, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path) -> Decision:
    return Decision.parse(json.loads(path.read_text(encoding="utf-8")))
