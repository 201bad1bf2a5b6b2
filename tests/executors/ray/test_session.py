"""Connecting to Ray."""

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import CONNECT_S, open_session


@pytest.mark.parametrize("address", ["127.0.0.1:{}", "ray://127.0.0.1:{}"])
def test_a_cluster_that_is_away_is_told_at_once(address: str) -> None:
    """Ray tries for minutes, and with a token it waits for ever."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    started = time.monotonic()
    with pytest.raises(ConfigError, match=r"There is no Ray at .*ray\.address=local"):
        open_session(RayConfig(address=address.format(port)))
    assert time.monotonic() - started < CONNECT_S + 1


OWN_RAY = """
import ray
from v2meow_pipeline.executors.ray.config import RayConfig
from v2meow_pipeline.executors.ray.session import close_session, open_session
open_session(RayConfig(cpus=1))
assert ray.get(ray.remote(lambda: 1).remote()) == 1
close_session()
"""


@pytest.mark.slow
def test_a_ray_of_our_own_leaves_no_token_behind(tmp_path: Path) -> None:
    """With a token in the home folder, the user's next `ray start` would demand it of everybody."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("RAY_AUTH")}
    subprocess.run([sys.executable, "-c", OWN_RAY], env={**ours, "HOME": str(tmp_path)}, check=True, timeout=300)
    assert not list(tmp_path.iterdir())
