"""Tune pipeline: one namespace per stage; `--namespaces coarse` runs only one study."""

from collections.abc import Sequence

from kedro.pipeline import Node, Pipeline

from v2meow_pipeline.models.stages import STAGE_NAMES
from v2meow_pipeline.pipelines.tune.nodes import report_study, search_parameters
from v2meow_pipeline.shared_nodes.stages import of_stages, stage_nodes


def create_pipeline(names: Sequence[str] = STAGE_NAMES) -> Pipeline:
    """Creates the pipeline that tunes the stages `names`."""
    search = ["inputs", "models", "params:stage", "params:tune", "executor", "study_folder"]
    results = ["study_figures", "study_trials", "study_pictures"]
    stage = [
        *stage_nodes(),
        Node(search_parameters, search, "study", name="tune"),
        Node(report_study, ["study", "tuned_environment", "study_pictures_folder"], results, name="report_study"),
    ]
    return of_stages(stage, names, shared=["params:tune", "tuned_environment"])
