"""What came of a study: a table, figures, pictures, and the parameters to go on with."""

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
    """Writes what came of a study.

    Args:
        study: finished.
        tuning: what was tuned.
        environment: folder of the Kedro environment that gets the best parameters.
        pictures: folder of the pictures.

    Returns:
        Figures, the table of trials, and the folder of pictures.
    """
    log_artifact(write_tuned(study, tuning, environment), "tuned")
    return figures(study, tuning), trials_table(study), write_pictures(study, pictures)


def trials_table(study: "Study") -> pd.DataFrame:
    """A row a trial.

    Args:
        study: any.

    Returns:
        Columns `trial`, `state`, the objectives, `steps` trained, `seconds`, `retry_of`, `why`, and each parameter by
        its path. A trial that was given up has the loss at which it was.
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
    """Numbers of a study by `stage/tune/name`: trials by how they ended, and the values of the best."""
    states = trials_table(study)["state"].value_counts()
    best = best_of(study, tuning)
    found = {f"trials_{state}": float(states.get(state, 0)) for state in ("complete", "pruned", "fail")}
    found |= {f"best_{name}": value for name, value in zip(OBJECTIVES, best.values, strict=False)}
    return {f"{tuning.stage}/tune/{name}": value for name, value in found.items()}


def write_pictures(study: "Study", folder: Path) -> Path:
    """Draws a study, by Optuna's own plots: history, curves, the share of each parameter, the front of two objectives.

    Args:
        study: with a complete trial.
        folder: where the PNGs go; those of an earlier study are removed.

    Returns:
        The same folder.
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
    """What can be drawn of this study."""
    from optuna.trial import TrialState

    complete = study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))
    different = {path for path in complete[0].params if len({trial.params[path] for trial in complete}) > 1}
    found: dict[str, Any] = {}
    for index in range(len(study.directions)):
        aim: dict[str, Any] = {"target_name": OBJECTIVES[index]}
        if len(study.directions) > 1:  # else the best so far is drawn too
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
    """Writes the best values as parameters of a Kedro environment.

    Args:
        study: with a complete trial.
        tuning: what was tuned.
        environment: its folder, such as `conf/tuned`.

    Returns:
        The file, `parameters/<stage>.yml`, which holds nothing but the values that were searched.

    Raises:
        ConfigError: when the environment is `base`: what everybody starts from is changed by people.
    """
    if environment.name == FORBIDDEN:
        raise ConfigError(
            "Tuned parameters are never written into conf/base.", "Name another environment as `tuned` in globals.yml."
        )
    best, path = best_of(study, tuning), environment / "parameters" / f"{tuning.stage}.yml"
    values = ", ".join(f"{name} {value:.4g}" for name, value in zip(OBJECTIVES, best.values, strict=False))
    head = f"# Trial {best.number} of the study {study.study_name}: {values}. Written by `kedro run --pipeline tune`.\n"
    write_text(path, head + yaml.safe_dump({tuning.stage: nested(best.params)}, sort_keys=False))
    return path
