"""One Ray session for everything that a run does on Ray: opened when it is first needed, closed when the run ends."""

import logging
import os
import secrets
import socket
import sys
from typing import Any
from urllib.parse import urlsplit

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.config import RayConfig

# What Ray reads from the environment, at its import or in processes that it starts.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # A training is looked at every so often; with Ray's 2 s, short ones would mostly wait to be found finished.
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",
    # Figures for Ray's own dashboards: MLflow has them.
    "RAY_TRAIN_METRICS_ENABLED": "0",
    # Paths stay what they are on the machine that gave them.
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Every pool of Ray Data brings an error of what cannot happen here: its actors' arguments live in this process.
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
# For a Ray of our own: it listens on loopback alone, which is what Ray's switch with the strange name does.
OWN = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "GLOO_SOCKET_IFNAME": "lo",
    "NCCL_SOCKET_IFNAME": "lo",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # nobody takes this machine away
    "RAY_worker_niceness": "0",  # on a busy machine, Ray's 15 would let everything else go first
}
# A Ray of our own has a token that lives as long as it does. Ray would write one into ~/.ray, and from then on every
# `ray start` of this user demands it of everybody.
AUTH_MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
CONNECT_S = 5.0
REMEDY = (
    "Start one (docs/how-to/cluster.md), or set ray.address=local. A cluster that was started where there is a "
    "~/.ray/auth_token demands it: copy that file here."
)


def open_session(config: RayConfig) -> None:
    """Makes sure that this process is connected to Ray.

    Args:
        config: which Ray; of several in one run the first counts.

    Raises:
        ConfigError: when there is no cluster at the address.
    """
    os.environ.update({k: v for k, v in ENVIRONMENT.items() if k not in os.environ})
    if config.is_local:
        os.environ.update({k: v for k, v in OWN.items() if k not in os.environ})
        if not {AUTH_MODE, TOKEN, TOKEN_PATH} & os.environ.keys():
            os.environ[TOKEN] = secrets.token_hex(32)
    else:
        _require_cluster(config.address)
    import ray

    if ray.is_initialized():
        return
    # What workers print stays in their logs: losses come by the board, errors as exceptions.
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if config.is_local:
        # Never "auto": that may join a stranger's cluster.
        ray.init(
            address="local",
            num_cpus=config.cpus,
            include_dashboard=config.dashboard,
            dashboard_host="127.0.0.1",
            **quiet,
        )
        return
    try:
        ray.init(address=config.address, **quiet)
    except (ConnectionError, ray.exceptions.AuthenticationError) as error:
        reason = " ".join(str(error).split())[:200]
        raise ConfigError(f"Ray at {config.address} lets nobody in ({reason}).", REMEDY) from error


def _require_cluster(address: str) -> None:
    """Finds out within seconds whether anything listens there; Ray tries for minutes."""
    place = urlsplit(address if "://" in address else f"//{address}")
    if place.port is None:
        return  # "auto", which Ray looks up itself
    try:
        socket.create_connection((place.hostname or "localhost", place.port), CONNECT_S).close()
    except OSError as error:
        raise ConfigError(f"There is no Ray at {address} ({error}).", REMEDY) from error


def close_session() -> None:
    """Ends the session, if there is one; a Ray that this process started ends with it."""
    if "ray" not in sys.modules:
        return
    import ray

    if ray.is_initialized():
        ray.shutdown()
