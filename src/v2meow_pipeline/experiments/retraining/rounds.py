"""Rounds on disk: what each one is, how it ended, and the rest of what a killed one had decided."""

import json
import logging
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
ROUNDS, DECISION = "rounds", "decision.json"
PROMOTED, KEPT, NOTHING_NEW = "promoted", "kept", "nothing_new"


class Round(Config):
    """A round, as its steps hand it on.

    Attributes:
        id: of champion, data and parameters: the same three are the same round.
        due: whether there is anything to do.
        why: in words.
        folder: where it works.
        champion: URI of the champion's version.
        models: folder of the champion's models.
        new: new and changed training clips, by id.
    """

    id: str
    due: bool
    why: str
    folder: str
    champion: str
    models: str
    new: tuple[str, ...] = ()


class Decision(Config):
    """How a round ended.

    Attributes:
        round: its id.
        outcome: "promoted" or "kept".
        why: in words.
        champion: URI of the version that was challenged.
        challenger: URI of the version that challenged it.
        settled: whether the registry says so too.
        at: when, ISO 8601.
        gains: what was compared.
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
    """What makes a round this round.

    Args:
        champion: the version that is challenged.
        manifest: of all data.
        parameters: JSON values that decide how the challenger comes out and is judged.

    Returns:
        16 hex digits.
    """
    return fingerprint(REVISION, champion.tags.get("content"), contents(manifest), parameters)


def decisions(folder: Path) -> Iterator[tuple[Path, Decision]]:
    """The decisions of all rounds, oldest first.

    Args:
        folder: of retraining.

    Yields:
        Where a decision is kept, and the decision.
    """
    found = [(path, _read(path)) for path in (folder / ROUNDS).glob(f"*/{DECISION}")]
    yield from sorted(found, key=lambda item: item[1].at)


def apply_decision(path: Path, decision: Decision, name: str) -> Decision:
    """Does in the registry what was decided, once.

    A round that was killed between the two is settled by the next run. A champion that a person has changed meanwhile
    stays.

    Args:
        path: where the decision is kept.
        decision: of a round.
        name: of the registered model.

    Returns:
        The decision, settled.
    """
    if decision.settled:
        return decision
    champion = registry.champion(name)
    now = champion.uri if champion else None
    if decision.outcome == PROMOTED and now not in (decision.champion, decision.challenger):
        why = f"{decision.why} But the champion has become {now} meanwhile."
        decision = decision.model_copy(update={"outcome": KEPT, "why": why})
    elif decision.outcome == PROMOTED:
        registry.promote(name, decision.challenger.rpartition("/")[2], decision.why)
    decision = decision.model_copy(update={"settled": True})
    write_decision(path, decision)
    return decision


def settle_all(folder: Path, name: str) -> None:
    """Settles what killed rounds have left.

    Args:
        folder: of retraining.
        name: of the registered model.
    """
    for path, decision in decisions(folder):
        if not decision.settled:
            log.info("Round %s had been decided and is now settled: %s", decision.round, decision.outcome)
            apply_decision(path, decision, name)


def write_decision(path: Path, decision: Decision) -> None:
    """Writes a decision atomically."""
    write_text(path, json.dumps(decision.model_dump(mode="json"), indent=1) + "\n")


def now() -> str:
    """The time, as decisions have it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _read(path: Path) -> Decision:
    return Decision.parse(json.loads(path.read_text(encoding="utf-8")))
