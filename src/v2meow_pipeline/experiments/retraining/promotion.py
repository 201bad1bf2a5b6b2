"""End of a retraining round: registers the challenger, and promotes it if it is better than the champion."""

import logging
from pathlib import Path
from typing import Any

import pandas as pd

from v2meow_pipeline.composer import ComposerConfig
from v2meow_pipeline.evaluation.verdict import Comparison, Verdict, VerdictConfig, decide
from v2meow_pipeline.experiments.retraining.new_data import registered_model
from v2meow_pipeline.experiments.retraining.rounds import (
    DECISION,
    KEPT,
    MODELS,
    NOTHING_NEW,
    PROMOTED,
    Decision,
    Round,
    apply_decision,
    now,
    write_decision,
)
from v2meow_pipeline.metrics.spreadsheet import without_formulas
from v2meow_pipeline.tracking import registry
from v2meow_pipeline.tracking.runs import log_artifact, log_metrics, run_tags, tag_run

log = logging.getLogger(__name__)

SCORES = "scores.csv"


def conclude(round_: Round, scores: pd.DataFrame, config: VerdictConfig, composer: ComposerConfig) -> dict[str, Any]:
    """Makes the promotion decision of a round and applies it to the registry.

    The decision is written to disk before the registry is changed, so that the next run can apply it after a kill, and
    a round is never decided twice.

    Args:
        round_: retraining round.
        scores: scores returned by `score.score_both`.
        config: criteria for promoting the challenger.
        composer: sampling configuration, registered with the challenger.

    Returns:
        Decision as JSON values: `outcome` ("promoted", "kept" or "nothing_new"), `why`, `champion` and, if a challenger
        was trained, the other fields of `Decision`.
    """
    if not round_.due:
        log.info("%s", round_.why)
        tag_run({"retraining": NOTHING_NEW})
        return {"round": round_.id, "outcome": NOTHING_NEW, "why": round_.why, "champion": round_.champion}
    verdict, name, folder = decide(scores, config), registered_model(), Path(round_.folder)
    tags = {**(run_tags() or {}), "retraining.round": round_.id, "retraining.verdict": verdict.why}
    challenger = registry.register(folder / MODELS, composer, name, tags)
    decision = Decision(
        round=round_.id,
        outcome=PROMOTED if verdict.promoted else KEPT,
        why=verdict.why,
        champion=round_.champion,
        challenger=challenger.uri,
        at=now(),
        gains=tuple(_gain(comparison) for comparison in verdict.comparisons),
    )
    without_formulas(scores).to_csv(folder / SCORES, index=False)
    write_decision(folder / DECISION, decision)
    decision = apply_decision(folder / DECISION, decision, name)
    _log_decision(decision, verdict, folder)
    return decision.model_dump(mode="json")


def _log_decision(decision: Decision, verdict: Verdict, folder: Path) -> None:
    log.info("%s against %s: %s. %s", decision.challenger, decision.champion, decision.outcome, decision.why)
    tag_run({"retraining": decision.outcome, "retraining.why": decision.why})
    log_metrics({f"gain/{c.metric}/{c.genre or 'all'}": c.gain.value for c in verdict.comparisons})
    for name in (SCORES, DECISION):
        log_artifact(folder / name, "verdict")


def _gain(comparison: Comparison) -> dict[str, Any]:
    values = {**comparison._asdict(), **comparison.gain._asdict()}
    del values["gain"]
    # JSON has no NaN.
    return {key: None if isinstance(value, float) and value != value else value for key, value in values.items()}
