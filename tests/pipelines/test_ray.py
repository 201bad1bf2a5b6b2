"""The pipeline on Ray: killed and run again it ends as the local one does, and nobody else can reach it."""

import os
import shutil
import signal
import time
from pathlib import Path

import psutil
import pytest
from tests.support.project import run, start

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("trained")]
DATA = Path("data/test")
STAGES = ("semantic", "coarse", "fine")
WORDS = ("kedro", "run", "--env", "test", "--pipeline", "stages", "--params", "backend=ray")


@pytest.fixture
def untrained(trained: Path, tmp_path: Path) -> Path:
    """The trained project without its stages."""
    project = tmp_path / "project"
    shutil.copytree(trained, project)
    for stage in STAGES:
        shutil.rmtree(project / DATA / "06_models" / stage)
    return project


def test_a_killed_run_on_ray_ends_with_the_figures_of_a_local_one(untrained: Path, trained: Path) -> None:
    """Catches a second run that starts over or takes another's state, processes that outlive a killed run, ports that
    other machines reach, and a Ray that is started where nothing is to be done.
    """
    process = start(untrained, *WORDS)
    family = psutil.Process(process.pid)
    deadline = time.monotonic() + 400
    while not any((untrained / DATA / "06_models").glob("*/.ray/**/last.ckpt")):
        assert process.poll() is None and time.monotonic() < deadline, process.communicate()[0][-4000:]
        time.sleep(0.05)
    members = [family, *family.children(recursive=True)]
    addresses = _listening(members)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert addresses and addresses <= {"127.0.0.1", "::1", "::ffff:127.0.0.1"}
    _, alive = psutil.wait_procs(members, timeout=240)  # two helpers of Ray first tell a dead server of its death
    assert not alive
    run(untrained, *WORDS)
    for stage in STAGES:
        file = DATA / "08_reporting/stages" / f"{stage}.json"
        assert (untrained / file).read_text() == (trained / file).read_text()
        assert {p.name for p in (untrained / DATA / "06_models" / stage).iterdir()} == {"checkpoint"}
    started = time.monotonic()
    assert "step" not in run(untrained, *WORDS)
    assert time.monotonic() - started < 60


def _listening(processes: list[psutil.Process]) -> set[str]:
    """The addresses on which any of the processes listens."""
    found = set()
    for process in processes:
        try:
            sockets = process.net_connections(kind="inet")
        except psutil.Error:
            continue
        found |= {socket.laddr.ip for socket in sockets if socket.status == psutil.CONN_LISTEN}
    return found
