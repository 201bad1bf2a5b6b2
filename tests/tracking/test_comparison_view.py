"""The view that `v2meow ui` opens."""

import json
from pathlib import Path

import mlflow
from mlflow.utils.validation import MAX_EXPERIMENT_TAG_VAL_LENGTH
from tests.support.project import ROOT

from v2meow_pipeline.app.environment import load_config
from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.tracking.comparison_view import TAG, publish_view, view
from v2meow_pipeline.tracking.runs import TrackingConfig, connect


def test_the_view_fits_into_a_tag(tracked: Path) -> None:
    """Catches a view that MLflow refuses because a metric was added to the headline."""
    scores = [f"v2meow/{metric}" for metric in load_config(ROOT, "base", "parameters")["headline_metrics"]]
    page = publish_view("v2meow", STAGE_NAMES, scores)
    experiment = mlflow.get_experiment_by_name("v2meow")
    assert page.startswith(f"/#/experiments/{experiment.experiment_id}/runs?viewStateShareKey=")
    assert len(experiment.tags[TAG]) < MAX_EXPERIMENT_TAG_VAL_LENGTH
    kept = json.loads(experiment.tags[TAG])
    sections = {section["uuid"] for section in kept["compareRunSections"]}
    assert {chart["metricSectionId"] for chart in kept["compareRunCharts"]} == sections
    assert kept == view(STAGE_NAMES, scores)


def test_before_the_first_run_the_page_is_mlflows_own(project: Path) -> None:
    """Catches `make ui` that fails in a fresh clone."""
    connect(project, TrackingConfig())
    assert publish_view("v2meow", STAGE_NAMES, []) == "/"
