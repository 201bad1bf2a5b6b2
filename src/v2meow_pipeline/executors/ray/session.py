"""Ray session of a run: opened on first use, closed when the run ends."""

import logging
import os
import secrets
import socket
import sys
import tempfile
from typing import Any
from urllib.parse import urlsplit

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.executors.ray.config import RayConfig

# Environment variables that Ray reads at import or in its worker processes.
ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Polling interval of the Ray Train controller; the default of 2 s dominates the time of short trainings.
    "RAY_TRAIN_HEALTH_CHECK_INTERVAL_S": "0.2",
    # Metrics for Ray's dashboards are not needed; MLflow records them.
    "RAY_TRAIN_METRICS_ENABLED": "0",
    # Keep the working directory, so that relative paths stay valid in workers.
    "RAY_CHDIR_TO_TRIAL_DIR": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    # Suppresses a spurious error that each Ray Data actor pool logs about arguments owned by the driver.
    "RAY_BACKEND_LOG_LEVEL": "fatal",
}
# Additional settings of a local Ray. RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER=0 makes it listen on loopback only.
OWN = {
    "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "0",
    "GLOO_SOCKET_IFNAME": "lo",
    "NCCL_SOCKET_IFNAME": "lo",
    "RAY_TRAIN_ENABLE_PREEMPTION_WATCHER": "0",  # a local machine is not preempted
    "RAY_worker_niceness": "0",  # Ray's default niceness of 15 starves workers on a busy machine
}
# A local Ray gets a temporary authentication token. Otherwise Ray would write a token to ~/.ray, which every later
# `ray start` of this user would then require from all clients.
AUTH_MODE, TOKEN, TOKEN_PATH = "RAY_AUTH_MODE", "RAY_AUTH_TOKEN", "RAY_AUTH_TOKEN_PATH"
CONNECT_S = 5.0
REMEDY = (
    "Start a cluster (docs/how-to/cluster.md), or set ray.address=local. If the cluster's head node has a "
    "~/.ray/auth_token, copy that file to this machine."
)


# Ray puts Unix sockets below the temporary folder, and the path of a socket has at most 107 bytes.
LONGEST_FOLDER = 107 - len("/ray/session_2026-01-01_00-00-00_000000_0000000/sockets/plasma_store")


def open_session(config: RayConfig) -> None:
    """Connects this process to Ray, unless it is connected already.

    Args:
        config: Ray configuration; the first session that a run opens is kept.

    Raises:
        ConfigError: when no cluster accepts connections at the address.
    """
    os.environ.update({k: v for k, v in ENVIRONMENT.items() if k not in os.environ})
    if config.is_local:
        os.environ.update({k: v for k, v in OWN.items() if k not in os.environ})
        if not {AUTH_MODE, TOKEN, TOKEN_PATH} & os.environ.keys():
            os.environ[TOKEN] = secrets.token_hex(32)
        if len(tempfile.gettempdir()) > LONGEST_FOLDER:
            os.environ.setdefault("RAY_TMPDIR", "/tmp")
    else:
        _require_cluster(config.address)
    import ray

    if ray.is_initialized():
        return
    # Worker output stays in the log files: losses arrive through the progress actor, errors as exceptions.
    quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.ERROR}
    if config.is_local:
        # Not "auto", which could connect to an unrelated cluster.
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
        raise ConfigError(f"Cannot connect to Ray at {config.address} ({reason}).", REMEDY) from error


def _require_cluster(address: str) -> None:
    """Raises within seconds if nothing listens at the address; `ray.init` would retry for minutes."""
    url = urlsplit(address if "://" in address else f"//{address}")
    if url.port is None:
        return  # "auto": Ray resolves the address itself
    try:
        socket.create_connection((url.hostname or "localhost", url.port), CONNECT_S).close()
    except OSError as error:
        raise ConfigError(f"There is no Ray at {address} ({error}).", REMEDY) from error


def close_session() -> None:
    """Disconnects from Ray, if connected; stops a local Ray that this process started."""
    if "ray" not in sys.modules:
        return
    import ray

    if ray.is_initialized():
        ray.shutdown()
