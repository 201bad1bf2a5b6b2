"""The comparison that `v2meow ui` opens: which columns and charts MLflow's page of runs shows, and in which order.

MLflow keeps such a view in a tag of the experiment, as its own "share" button does; the address names the tag.
"""

import json
from collections.abc import Iterator, Sequence
from typing import Any

from v2meow_pipeline.tracking.naming import CHANGED
from v2meow_pipeline.tracking.runs import VARIANT

VIEW = "v2meow"
TAG = f"mlflow.sharedViewState.{VIEW}"
NOTE_TAG = "mlflow.note.content"
NOTE = """One run a pipeline run, and below it one for each network that it trained. A run is named by pipeline, by what
the stages see of the video (tag `variant`) and by what the command line changed (tag `changed`).

- `<stage>/val/...`: figures of the weights that were kept; `curve/<stage>/...`: how they got there.
- `<system>/<metric>`: scores of the model beside controls, with intervals.
- `examples`: generated music as video, sound and spectrogram.
- `clips.fingerprint`, `dvc.*`, `git.*`: the data and the code.
"""


def publish_view(experiment: str, stages: Sequence[str], scores: Sequence[str]) -> str:
    """Stores the view with an experiment.

    Args:
        experiment: its name.
        stages: whose losses are compared.
        scores: metrics that are compared, by "system/metric".

    Returns:
        The part of the address after the server's root.
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
    """The view in MLflow's words.

    Args:
        stages: whose losses are compared.
        scores: metrics that are compared.

    Returns:
        JSON values.
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
