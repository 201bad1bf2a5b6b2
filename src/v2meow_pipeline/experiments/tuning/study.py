"""Optuna study that is resumable: interrupted drivers do not change the trials."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from v2meow_pipeline.experiments.tuning.config import Range, TuneConfig
from v2meow_pipeline.experiments.tuning.space import distributions
from v2meow_pipeline.seeding import derive_seed

if TYPE_CHECKING:
    from optuna import Study
    from optuna.pruners import BasePruner
    from optuna.storages import BaseStorage
    from optuna.trial import FrozenTrial, Trial

# User attribute of a retried trial: number of the original trial, whose driver was killed.
RETRY_OF = "retry_of"
# User attribute: reason why a trial failed.
WHY = "why"
# User attribute: fingerprint of a trial's training, which is the name of its folder.
FINGERPRINT = "fingerprint"


class Outcome(NamedTuple):
    """Outcome of a trial: `state`, objective `values` if complete, and the reason `why` if failed."""

    state: Literal["complete", "pruned", "failed"]
    values: tuple[float, ...] = ()
    why: str = ""


def open_study(storage: "BaseStorage", name: str, config: TuneConfig, max_steps: int) -> "Study":
    """Opens a study, and creates it if it does not exist.

    Args:
        storage: Optuna storage.
        name: study name; identifies the search (see `tune.study_name`).
        config: tuning configuration; sets objectives and pruner.
        max_steps: optimiser steps of a complete training.

    Returns:
        Optuna study.
    """
    import optuna

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return optuna.create_study(
        storage=storage,
        study_name=name,
        directions=["minimize"] * (2 if config.against_decode_time else 1),
        load_if_exists=True,
        pruner=pruner_of(config, max_steps),
    )


def requeue_lost(study: "Study", ranges: Mapping[str, Range]) -> int:
    """Marks trials that a killed driver left running as failed, and enqueues each of them again.

    A kill between the two steps loses nothing: the copy is enqueued first, unless it exists already. A trial that was
    killed before all its parameters were sampled is not enqueued; the next trial samples the same values.

    Args:
        study: study that no other process drives.
        ranges: search space.

    Returns:
        Number of enqueued trials.
    """
    from optuna.trial import TrialState

    trials = study.get_trials(deepcopy=False)
    copied = {trial.user_attrs.get(RETRY_OF) for trial in trials}
    queued = 0
    for trial in trials:
        if trial.state != TrialState.RUNNING:
            continue
        begun = RETRY_OF in trial.user_attrs or set(trial.params) == set(ranges)
        if begun and trial.number not in copied:
            values = trial.system_attrs.get("fixed_params", trial.params)
            study.enqueue_trial(values, user_attrs={RETRY_OF: trial.number})
            queued += 1
        study.tell(trial.number, state=TrialState.FAIL)
    return queued


def next_trial(study: "Study", config: TuneConfig, ranges: Mapping[str, Range]) -> "Trial | None":
    """Starts the next trial: enqueued trials first, then trials proposed by the sampler.

    The sampler is seeded by the seed and the number of distinct trials, so that a resumed study samples the same values
    as an uninterrupted one; a sampler seeded once would repeat its first draws after a restart.

    Args:
        study: study to continue.
        config: tuning configuration; sets seed and number of trials.
        ranges: search space.

    Returns:
        Running trial with all its parameters, or None when the study has enough trials.
    """
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    n_distinct = len(tried(study, ranges))
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    if n_distinct >= config.trials and not waiting:
        return None
    seed = derive_seed(config.seed, "trial", n_distinct) % 2**32
    study.sampler = TPESampler(seed=seed, n_startup_trials=config.startup_trials)
    return study.ask(distributions(ranges))


def tried(study: "Study", ranges: Mapping[str, Range]) -> "list[FrozenTrial]":
    """Distinct trials: without retries, and without trials whose parameters were not all sampled."""
    trials = study.get_trials(deepcopy=False)
    return [t for t in trials if RETRY_OF not in t.user_attrs and set(t.params) == set(ranges)]


def known_outcome(study: "Study", trial: "Trial") -> Outcome | None:
    """Looks up the outcome of an earlier trial with the same parameters, and copies its losses to this trial.

    Args:
        study: study of the trial.
        trial: running trial.

    Returns:
        Outcome of the first complete or pruned trial with the same parameters; None if there is no such trial.
    """
    from optuna.trial import TrialState

    for other in study.get_trials(deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)):
        if other.params != trial.params:
            continue
        for step, loss in other.intermediate_values.items():
            trial.report(loss, step)
        if other.state == TrialState.PRUNED:
            return Outcome("pruned")
        return Outcome("complete", tuple(other.values))
    return None


def tell(study: "Study", trial: "Trial", outcome: Outcome) -> None:
    """Records the outcome of a trial in the study.

    Args:
        study: study of the trial.
        trial: running trial.
        outcome: outcome to record.
    """
    from optuna.trial import TrialState

    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    if outcome.why:
        trial.set_user_attr(WHY, outcome.why)
    study.tell(trial, list(outcome.values) or None, states[outcome.state])


def best_trial(study: "Study", config: TuneConfig) -> "FrozenTrial | None":
    """Selects the trial with the lowest loss, within the decoding time budget if one is set.

    Args:
        study: study, finished or not.
        config: tuning configuration; sets objectives and budget.

    Returns:
        Best trial; None if no complete trial is within the budget.
    """
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    budget = config.decode_budget_s
    fitting = [trial for trial in complete if budget is None or trial.values[1] <= budget]
    return min(fitting, key=lambda trial: (*trial.values, trial.number), default=None)


def remove_trainings(study: "Study", folder: Path, keep: "FrozenTrial | None") -> None:
    """Deletes the training folders of finished trials, except that of one trial.

    Folders of running trials, and of trials that wait for a retry, are kept.

    Args:
        study: study of the trials.
        folder: folder that contains the trainings.
        keep: trial whose training is kept; None keeps none.
    """
    trials = study.get_trials(deepcopy=False)
    ended = {t.user_attrs.get(FINGERPRINT) for t in trials if t.values is not None or WHY in t.user_attrs}
    needed = {t.user_attrs.get(FINGERPRINT) for t in trials if not t.state.is_finished()}
    needed |= {None} if keep is None else {None, keep.user_attrs[FINGERPRINT]}
    for name in ended - needed:
        shutil.rmtree(folder / str(name), ignore_errors=True)


def pruner_of(config: TuneConfig, max_steps: int) -> "BasePruner":
    """Builds the configured pruner.

    Args:
        config: tuning configuration; sets the pruner and its settings.
        max_steps: optimiser steps of a complete training.

    Returns:
        Optuna pruner.
    """
    from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner

    if config.pruner == "median":
        return MedianPruner(config.median.startup_trials, config.median.warmup_steps)
    if config.pruner == "hyperband":
        return HyperbandPruner(config.hyperband.min_steps, max_steps, config.hyperband.reduction_factor)
    return NopPruner()
