"""Airflow: the pipeline retrain as one task, run by the project's own environment.

Written by kedro-airflow from schedule/airflow_dag.j2 and conf/base/airflow.yml: see docs/how-to/scheduling.md. The
variable V2MEOW_PROJECT in the workers' environment says where the project lies. One task and not one a node: a round
holds one lock, is one MLflow run, and passes what it found from node to node in memory.
"""

from datetime import datetime, timedelta

from airflow.sdk import dag, task


@dag(
    dag_id="v2meow_retrain",
    schedule="0 3 * * 1",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    default_args={
        "owner": "v2meow",
        "retries": 1,
        "retry_delay": timedelta(minutes=5),
    },
    doc_md="""Nodes:

- collect_current_videos
- collect_known_shards
- collect_retraining_stages
- collect_parameters
- detect_new_data
- examine_drift
- collect_round
- train_challenger
- score_both
- decide_round
""",
)
def v2meow_retrain():
    @task.bash(task_id="retrain")
    def run_pipeline() -> str:
        enter = 'cd "${V2MEOW_PROJECT:?says where the project lies}"'
        return f"{enter} && .venv/bin/kedro run --pipelines retrain --env local"

    run_pipeline()


v2meow_retrain()
