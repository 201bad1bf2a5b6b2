"""Closes runs whose process died without ending them (kill -9, power failure), and that are still RUNNING."""

import platform

import psutil

HOST, PID, STARTED = "process.host", "process.pid", "process.started"


def process_tags() -> dict[str, str]:
    """Tags that identify this process: host, pid, and start time, since pids are reused."""
    process = psutil.Process()
    return {HOST: platform.node(), PID: str(process.pid), STARTED: f"{process.create_time():.2f}"}


def close_dead_runs(experiment: str, including_ours: bool = False) -> int:
    """Marks the runs of dead processes of this machine as KILLED.

    Args:
        experiment: name of the experiment whose runs are checked.
        including_ours: whether to close the runs of this process too, because it is exiting.

    Returns:
        Number of closed runs.
    """
    from mlflow import MlflowClient
    from mlflow.entities import ViewType

    client = MlflowClient()
    found = client.get_experiment_by_name(experiment)
    if found is None:
        return 0
    running = "attributes.status = 'RUNNING'"
    runs = client.search_runs([found.experiment_id], running, run_view_type=ViewType.ALL, max_results=1000)
    ours = process_tags()
    dead = [
        run for run in runs if _is_dead(run.data.tags) or (including_ours and ours.items() <= run.data.tags.items())
    ]
    for run in dead:
        client.set_terminated(run.info.run_id, "KILLED")
    return len(dead)


def _is_dead(tags: dict[str, str]) -> bool:
    """Whether the process of a run is dead; False for runs of other machines and runs without process tags."""
    if tags.get(HOST) != platform.node() or PID not in tags:
        return False
    try:
        return f"{psutil.Process(int(tags[PID])).create_time():.2f}" != tags.get(STARTED)
    except (psutil.NoSuchProcess, ValueError):
        return True
