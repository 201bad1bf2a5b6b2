"""Training in Ray Train's workers: the same as in this process, resumed after a kill, without a trace of Ray."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.ray_nodes import kill_trainers
from tests.support.ray_training import on_ray
from tests.support.stage_corpus import job, weights

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.session import close_session
from v2meow_pipeline.training.trainer import fit

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("ray")]


@pytest.fixture(scope="module", autouse=True)
def session() -> Iterator[None]:
    """One Ray for all tests of the module."""
    yield
    close_session()


def test_one_worker_trains_what_this_process_trains_bit_for_bit(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Catches another order, seed, precision or number of threads, no sign of life, and what is left lying about."""
    here = fit(job(), tmp_path / "here")
    meetings = set(Path(tempfile.gettempdir()).glob("v2meow-meeting-*"))
    there = on_ray(job(), tmp_path / "there")
    assert weights(there.path) == weights(here.path)
    assert (there.metrics, there.curves) == (here.metrics, here.curves)
    assert [p.name for p in (tmp_path / "there").iterdir()] == ["checkpoint"]
    assert set(Path(tempfile.gettempdir()).glob("v2meow-meeting-*")) == meetings
    assert "semantic stage: step 30/30 in " in capfd.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_workers_train_what_one_trains_up_to_rounding(strategy: str, tmp_path: Path) -> None:
    """Catches workers that see the same examples, average wrongly, or validate on parts."""
    from tests.support.shared_batches import same, smooth

    here = fit(smooth(), tmp_path / "here")
    same(here, on_ray(smooth(), tmp_path / "there", workers=2, strategy=strategy))


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path) -> None:
    """Catches a restart from nothing, from the wrong step, or with other weights."""
    this = job(max_steps=400, checkpoint_every=20, val_every=50)
    here = fit(this, tmp_path / "here")
    storage, killed = tmp_path / "storage", []
    killer = threading.Thread(target=kill_trainers, args=(lambda: any(storage.rglob("last.ckpt")), killed))
    killer.start()
    there = on_ray(this, tmp_path / "there", storage=str(storage))
    killer.join()
    assert killed
    assert weights(there.path) == weights(here.path) and there.curves == here.curves
    assert not any(path.is_file() for path in storage.rglob("last.ckpt"))


def test_what_a_person_can_mend_is_said_once(tmp_path: Path) -> None:
    """Catches a wrong parameter that is tried again and again, or arrives without its remedy."""
    with pytest.raises(ConfigError, match="equal parts"):
        on_ray(job(batch_size=4, accumulate=3), tmp_path)
    with pytest.raises(ConfigError, match="more than the 2"):
        on_ray(job(), tmp_path, workers=3)
