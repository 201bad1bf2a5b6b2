"""A study that ends with the same trials however often its driver is killed."""

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

# Marks a trial that repeats another one, whose driver was killed.
RETRY_OF = "retry_of"
# Why a trial failed.
WHY = "why"
# Of a trial's training, which names its folder.
FINGERPRINT = "fingerprint"


class Outcome(NamedTuple):
    """How a trial ended: the `state`, a value an objective where it is complete, and `why` where it failed."""

    state: Literal["complete", "pruned", "failed"]
    values: tuple[float, ...] = ()
    why: str = ""


def open_study(storage: "BaseStorage", name: str, config: TuneConfig, max_steps: int) -> "Study":
    """The study called `name`, made if there is none.

    Args:
        storage: where it is kept.
        name: says what is searched; another search has another name.
        config: objectives and pruner.
        max_steps: optimiser steps of a whole training.

    Returns:
        The study.
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
    """Fails the trials that a dead driver left running, and queues each of them once more.

    A kill between the two writes loses nothing: the copy is queued first, and only where there is none yet. A trial
    that was killed before all its values were drawn never began; the next one draws the very same values.

    Args:
        study: no other process drives it.
        ranges: what is searched.

    Returns:
        How many were queued.
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
    """What to try next: what a dead driver lost, then what the sampler proposes; None once there were enough.

    The sampler's random numbers are a function of the seed and of how many different trials there were, so that a
    resumed study goes on as if nothing had happened, where one sampler with one seed would begin its draws again.

    Args:
        study: to ask.
        config: seed and number of trials.
        ranges: what is searched.

    Returns:
        A running trial with all its values, or None.
    """
    from optuna.samplers import TPESampler
    from optuna.trial import TrialState

    different = len(tried(study, ranges))
    waiting = study.get_trials(deepcopy=False, states=(TrialState.WAITING,))
    if different >= config.trials and not waiting:
        return None
    seed = derive_seed(config.seed, "trial", different) % 2**32
    study.sampler = TPESampler(seed=seed, n_startup_trials=config.startup_trials)
    return study.ask(distributions(ranges))


def tried(study: "Study", ranges: Mapping[str, Range]) -> "list[FrozenTrial]":
    """The trials that differ: without repetitions, and without those that never began."""
    trials = study.get_trials(deepcopy=False)
    return [t for t in trials if RETRY_OF not in t.user_attrs and set(t.params) == set(ranges)]


def known_outcome(study: "Study", trial: "Trial") -> Outcome | None:
    """How an earlier trial with the very same values ended, if there was one; its losses become this trial's too.

    Args:
        study: that both belong to.
        trial: a running one.

    Returns:
        The outcome of the first such trial, complete or pruned, or None.
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
    """Writes down how a trial ended.

    Args:
        study: that it belongs to.
        trial: a running one.
        outcome: of it.
    """
    from optuna.trial import TrialState

    states = {"complete": TrialState.COMPLETE, "pruned": TrialState.PRUNED, "failed": TrialState.FAIL}
    if outcome.why:
        trial.set_user_attr(WHY, outcome.why)
    study.tell(trial, list(outcome.values) or None, states[outcome.state])


def best_trial(study: "Study", config: TuneConfig) -> "FrozenTrial | None":
    """The trial whose values are worth keeping: the lowest loss, within the budget of decoding time where there is one.

    Args:
        study: finished or not.
        config: objectives and budget.

    Returns:
        The trial; None while none is complete, or none keeps to the budget.
    """
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    budget = config.decode_budget_s
    fitting = [trial for trial in complete if budget is None or trial.values[1] <= budget]
    return min(fitting, key=lambda trial: (*trial.values, trial.number), default=None)


def remove_trainings(study: "Study", folder: Path, keep: "FrozenTrial | None") -> None:
    """Removes the trainings of trials that have ended, but one; those that run or wait to be repeated stay.

    Args:
        study: that they belong to.
        folder: of its trainings.
        keep: the trial whose training stays; None keeps none.
    """
    trials = study.get_trials(deepcopy=False)
    ended = {t.user_attrs.get(FINGERPRINT) for t in trials if t.values is not None or WHY in t.user_attrs}
    needed = {t.user_attrs.get(FINGERPRINT) for t in trials if not t.state.is_finished()}
    needed |= {None} if keep is None else {None, keep.user_attrs[FINGERPRINT]}
    for name in ended - needed:
        shutil.rmtree(folder / str(name), ignore_errors=True)


def pruner_of(config: TuneConfig, max_steps: int) -> "BasePruner":
    """What gives trials up.

    Args:
        config: which, and how.
        max_steps: optimiser steps of a whole training.

    Returns:
        Optuna's pruner.
    """
    from optuna.pruners import HyperbandPruner, MedianPruner, NopPruner

    if config.pruner == "median":
        return MedianPruner(config.median.startup_trials, config.median.warmup_steps)
    if config.pruner == "hyperband":
        return HyperbandPruner(config.hyperband.min_steps, max_steps, config.hyperband.reduction_factor)
    return NopPruner()
