"""Results of a study: table of trials, metrics, plots, and the best parameters."""

import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import yaml

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.experiments.tuning.space import nested
from v2meow_pipeline.experiments.tuning.study import RETRY_OF, WHY
from v2meow_pipeline.experiments.tuning.tune import OBJECTIVES, Tuning, best_of
from v2meow_pipeline.tracking.runs import log_artifact

if TYPE_CHECKING:
    from optuna import Study

FORBIDDEN = "base"
NEEDED_FOR_IMPORTANCE = 4


def report(
    study: "Study", tuning: Tuning, environment: Path, pictures: Path
) -> tuple[dict[str, float], pd.DataFrame, Path]:
    """Writes the results of a study.

    Args:
        study: finished study.
        tuning: tuning of the stage.
        environment: folder of the Kedro environment to which the best parameters are written.
        pictures: folder to which the plots are written.

    Returns:
        Metrics, table of trials, and folder of plots.
    """
    log_artifact(write_tuned(study, tuning, environment), "tuned")
    return figures(study, tuning), trials_table(study), write_pictures(study, pictures)


def trials_table(study: "Study") -> pd.DataFrame:
    """Table of trials, one row per trial.

    Args:
        study: study, finished or not.

    Returns:
        Columns `trial`, `state`, the objectives, `steps` trained, `seconds`, `retry_of`, `why`, and each parameter by
        its path. A pruned trial has the loss at which it was pruned.
    """
    rows, objectives = [], OBJECTIVES[: len(study.directions)]
    for trial in study.get_trials(deepcopy=False):
        values = dict(zip(objectives, trial.values or [None] * len(objectives), strict=True))
        seconds = trial.duration.total_seconds() if trial.duration else None
        about = {"steps": trial.last_step, "seconds": seconds}
        about |= {name: trial.user_attrs.get(name) for name in (RETRY_OF, WHY)}
        rows.append({"trial": trial.number, "state": trial.state.name.lower(), **values, **about, **trial.params})
    return pd.DataFrame(rows)


def figures(study: "Study", tuning: Tuning) -> dict[str, float]:
    """Metrics of a study by `stage/tune/name`: number of trials in each state, and objectives of the best trial."""
    states = trials_table(study)["state"].value_counts()
    best = best_of(study, tuning)
    found = {f"trials_{state}": float(states.get(state, 0)) for state in ("complete", "pruned", "fail")}
    found |= {f"best_{name}": value for name, value in zip(OBJECTIVES, best.values, strict=False)}
    return {f"{tuning.stage}/tune/{name}": value for name, value in found.items()}


def write_pictures(study: "Study", folder: Path) -> Path:
    """Plots a study with Optuna: history, learning curves, parameter importances, Pareto front of two objectives.

    Args:
        study: study with at least one complete trial.
        folder: folder to which PNG files are written; existing ones are deleted.

    Returns:
        `folder`.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot as plt
    from optuna.exceptions import ExperimentalWarning
    from optuna.visualization import matplotlib as plots

    for old in folder.glob("*.png"):
        old.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        warnings.filterwarnings("ignore", message=".*computes the importances of params to achieve low.*")
        for name, draw in _drawings(study, plots).items():
            draw()
            plt.gcf().set_size_inches(8, 5)
            plt.savefig(folder / f"{name}.png", dpi=110, bbox_inches="tight")
            plt.close("all")
    return folder


def _drawings(study: "Study", plots: Any) -> dict[str, Any]:
    """Plot functions that apply to this study, by file name."""
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    different = {path for path in complete[0].params if len({trial.params[path] for trial in complete}) > 1}
    found: dict[str, Any] = {}
    for index in range(len(study.directions)):
        aim: dict[str, Any] = {"target_name": OBJECTIVES[index]}
        if len(study.directions) > 1:  # without a target, the best value so far is plotted too
            aim["target"] = lambda trial, i=index: trial.values[i]
        found[f"history_{OBJECTIVES[index]}"] = lambda aim=aim: plots.plot_optimization_history(study, **aim)
        if len(complete) >= NEEDED_FOR_IMPORTANCE and different:
            found[f"importance_{OBJECTIVES[index]}"] = lambda aim=aim: plots.plot_param_importances(study, **aim)
    if len(study.directions) > 1:
        found["pareto_front"] = lambda: plots.plot_pareto_front(study, target_names=list(OBJECTIVES))
    else:
        found["curves"] = lambda: plots.plot_intermediate_values(study)
    return found


def write_tuned(study: "Study", tuning: Tuning, environment: Path) -> Path:
    """Writes the best parameters to a Kedro environment.

    Args:
        study: study with at least one complete trial.
        tuning: tuning of the stage.
        environment: folder of the environment, such as `conf/tuned`.

    Returns:
        Path of the file `parameters/<stage>.yml`, which contains only the searched parameters.

    Raises:
        ConfigError: when the environment is `base`, which is not written automatically.
    """
    if environment.name == FORBIDDEN:
        raise ConfigError(
            "Tuned parameters are never written into conf/base.", "Set `tuned` in globals.yml to another environment."
        )
    best, path = best_of(study, tuning), environment / "parameters" / f"{tuning.stage}.yml"
    values = ", ".join(f"{name} {value:.4g}" for name, value in zip(OBJECTIVES, best.values, strict=False))
    header = (
        f"# Trial {best.number} of the study {study.study_name}: {values}. Written by `kedro run --pipeline tune`.\n"
    )
    write_text(path, header + yaml.safe_dump({tuning.stage: nested(best.params)}, sort_keys=False))
    return path
