"""Saved view of MLflow's run comparison that `v2meow ui` opens: columns, charts, and their order.

The view is stored in a tag of the experiment, as by MLflow's "share" button; the URL contains the tag's key.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from v2meow_pipeline.tracking.naming import CHANGED
from v2meow_pipeline.tracking.runs import VARIANT

VIEW = "v2meow"
TAG = f"mlflow.sharedViewState.{VIEW}"
NOTE_TAG = "mlflow.note.content"
NOTE = """One run per pipeline run, with a child run for each trained network. Run names contain the pipeline, the
visual variant (tag `variant`) and the parameters set on the command line (tag `changed`).

- `<stage>/val/...`: metrics of the best weights; `curve/<stage>/...`: learning curves.
- `<system>/<metric>`: scores of the model and control systems, with intervals.
- `examples`: generated music as video, audio and spectrogram.
- `clips.fingerprint`, `dvc.*`, `git.*`: versions of data and code.
"""


def publish_view(experiment: str, stages: Sequence[str], scores: Sequence[str]) -> str:
    """Stores the view in an experiment.

    Args:
        experiment: experiment name.
        stages: names of the stages whose losses are compared.
        scores: metrics to compare, as "system/metric".

    Returns:
        Path of the view's URL, relative to the server's root.
    """
    import mlflow

    client = mlflow.MlflowClient()
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return "/"
    client.set_experiment_tag(found.experiment_id, NOTE_TAG, NOTE)
    client.set_experiment_tag(found.experiment_id, TAG, json.dumps(view(stages, scores), separators=(",", ":")))
    return f"/#/experiments/{found.experiment_id}/runs?viewStateShareKey={VIEW}&compareRunsMode=CHART"


def view(stages: Sequence[str], scores: Sequence[str]) -> dict[str, Any]:
    """Builds the view in MLflow's JSON format.

    Args:
        stages: names of the stages whose losses are compared.
        scores: metrics to compare, as "system/metric".

    Returns:
        JSON values of the view.
    """
    losses = [f"{stage}/val/loss" for stage in stages]
    charts = {
        "Validation loss": [_bar(key) for key in losses],
        "Curves": [_line(f"curve/{stage}/{name}") for stage in stages for name in ("val_loss", "train_loss")],
        "Scores": [_bar(key) for key in scores],
        "Differences": [
            {"type": "PARALLEL", "selectedParams": ["visual.variant"], "selectedMetrics": losses, "showAllRuns": False},
            {"type": "DIFFERENCE", "compareGroups": ["Parameters"], "showDifferencesOnly": True},
        ],
    }
    columns = [f"tags.`{name}`" for name in (VARIANT, CHANGED)] + [f"metrics.`{key}`" for key in (*losses, *scores)]
    return {
        "searchFilter": f"tags.{VARIANT} LIKE '%'",
        "orderByKey": "attributes.start_time",
        "orderByAsc": False,
        "selectedColumns": ["attributes.`Duration`", *columns],
        "compareRunSections": [{"uuid": name, "name": name, "display": True, "isReordered": True} for name in charts],
        "compareRunCharts": list(_placed(charts)),
        "isAccordionReordered": True,
        "hideEmptyCharts": True,
        "runsHiddenMode": "FIRST_10_RUNS",
        "runsExpanded": {},
        "runsPinned": [],
        "runsHidden": [],
        "groupsExpanded": {},
        "autoRefreshEnabled": True,
    }


def _placed(charts: dict[str, list[dict[str, Any]]]) -> Iterator[dict[str, Any]]:
    for section, cards in charts.items():
        for index, card in enumerate(cards):
            yield {**card, "uuid": f"{section}-{index}", "metricSectionId": section, "deleted": False}


def _bar(metric: str) -> dict[str, Any]:
    return {"type": "BAR", "metricKey": metric, "runsCountToCompare": 10}


def _line(metric: str) -> dict[str, Any]:
    unsmoothed = {"lineSmoothness": 0, "useGlobalLineSmoothing": False}
    return {"type": "LINE", "metricKey": metric, "selectedMetricKeys": [metric], "xAxisKey": "step", **unsmoothed}
