"""Several machines: one may be lost at any time, one may come late."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from tests.support import node_jobs, shard_jobs
from tests.support.ray_nodes import Nodes, kill_with_children, parent, running
from tests.support.stage_corpus import job, weights

from v2meow_pipeline.corpus.shards import ShardReader, fill
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.map import ActorPool
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import close_session
from v2meow_pipeline.executors.train import train
from v2meow_pipeline.parallel import SERIAL
from v2meow_pipeline.training.trainer import fit

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    """A cluster with one node that works."""
    close_session()
    cluster = Nodes()
    try:
        cluster.add()
        yield cluster
    finally:
        close_session()
        cluster.stop()


def config_of(cluster: Nodes, **changes: object) -> RayConfig:
    return RayConfig.parse({"address": cluster.address, **changes})


def later(reached: Callable[[], bool], act: Callable[[], object]) -> threading.Thread:
    """Does something as soon as a condition holds."""

    def wait() -> None:
        deadline = time.monotonic() + 120
        while not reached():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        act()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def test_a_machine_lost_in_features_costs_nothing_but_time(nodes: Nodes, tmp_path: Path) -> None:
    """Catches shards that are lost with their machine, or written half."""
    doomed = nodes.add()
    compute = partial(shard_jobs.compute, pause_s=1.0)
    killer = later(lambda: len(list(tmp_path.glob("there/shard-*"))) >= 2, lambda: kill_with_children(doomed.pid))
    fill(shard_jobs.writer_for(tmp_path / "there"), compute, ActorPool(config_of(nodes), 2), "shards")
    killer.join()
    fill(shard_jobs.writer_for(tmp_path / "here"), shard_jobs.compute, SERIAL, "shards")
    assert ShardReader(tmp_path / "there").fingerprint == ShardReader(tmp_path / "here").fingerprint
    for path in (tmp_path / "here").glob("shard-*"):
        assert (tmp_path / "there" / path.name).read_bytes() == path.read_bytes()


def test_a_machine_that_comes_late_is_used(nodes: Nodes) -> None:
    """Catches a pool that stays as small as the cluster was when it began."""
    begun: list[str] = []
    helper = later(lambda: bool(begun), nodes.add)
    for node in ActorPool(config_of(nodes), 2)(node_jobs.where, [0.5] * 60, "places"):
        begun.append(node)
    helper.join()
    assert len(begun) == 60 and len(set(begun)) == 2


def test_a_machine_lost_in_training_costs_nothing_but_time(nodes: Nodes, tmp_path: Path) -> None:
    """Catches a training that ends with the machine it ran on, or goes on with other weights."""
    nodes.add()
    this = job(max_steps=400, checkpoint_every=20, val_every=50)
    here = fit(this, tmp_path / "here")
    storage, lost = tmp_path / "storage", []

    def lose() -> None:
        (worker,) = running(b"ray::RayTrainWorker")
        lost.append(worker)
        kill_with_children(parent(worker))

    killer = later(lambda: any(storage.rglob("last.ckpt")), lose)
    executor = Executor(ray=config_of(nodes, storage=str(storage)))
    there = train(this, tmp_path / "there", executor)
    killer.join()
    assert lost
    assert weights(there.path) == weights(here.path) and there.curves == here.curves
