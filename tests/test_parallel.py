"""Work spread over processes."""

import os

import pytest

from v2meow_pipeline.errors import MediaError
from v2meow_pipeline.parallel import parallel_map


def _square(value: int) -> int:
    return value * value


def _threads(_: int) -> str:
    return os.environ["OMP_NUM_THREADS"]


def _fail(value: int) -> int:
    raise MediaError("broken", f"Item {value} is broken.", "Mend it.")


@pytest.mark.parametrize("workers", [1, 2])
def test_results_come_in_order(workers: int) -> None:
    """Catches results that come as they finish, which would attach features to the wrong clip."""
    assert list(parallel_map(_square, range(20), workers, "squares")) == [n * n for n in range(20)]


def test_each_worker_has_one_thread_and_the_parent_keeps_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches workers that each take every core, which is many times slower than one thread each."""
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    assert set(parallel_map(_threads, range(4), 2, "threads")) == {"1"}
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_an_error_keeps_its_reason_across_processes() -> None:
    """Catches an error that arrives without its cause, or as a failure to unpickle it."""
    with pytest.raises(MediaError) as caught:
        list(parallel_map(_fail, range(4), 2, "failures"))
    assert caught.value.reason == "broken"
    assert caught.value.remedy == "Mend it."
