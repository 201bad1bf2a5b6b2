"""Settings for every test: no phoning home, one thread a process unless set otherwise, shapes checked at run time."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from v2meow_pipeline.process_environment import DEFAULTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser

SETTINGS = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "OMP_NUM_THREADS": os.environ.get("OMP_NUM_THREADS", "1"),
}
os.environ.update(DEFAULTS | SETTINGS)

from jaxtyping import install_import_hook  # noqa: E402  (the environment must be set before any import)

install_import_hook(
    ["v2meow_pipeline.models", "v2meow_pipeline.networks", "v2meow_pipeline.tokenizers", "v2meow_pipeline.encoders"],
    "beartype.beartype",
)


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after `kedro run --env test`, from videos to scores, shared by all tests that only look at it."""
    from tests.support.project import make_project, run

    project = make_project(tmp_path_factory.mktemp("trained") / "project")
    run(project, "kedro", "run", "--env", "test")
    return project


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Headless Chromium, closed after a module: the event loop of playwright disturbs tests of asynchronous code."""
    from tests.support.browser import chromium

    with chromium() as opened:
        yield opened


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs a GPU where there is none."""
    if item.get_closest_marker("gpu"):
        import torch

        if not torch.cuda.is_available():
            pytest.skip("needs a GPU")
