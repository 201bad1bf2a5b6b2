"""Kedro's settings."""

import os
import subprocess
import sys

SILENCED = ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK", "KEDRO_DISABLE_TELEMETRY", "GX_ANALYTICS_ENABLED")


def test_nothing_phones_home_however_a_run_is_started() -> None:
    """Catches telemetry that is off in the Makefile and the tests only."""
    plain = {name: value for name, value in os.environ.items() if name not in SILENCED}
    code = (
        "import v2meow_pipeline.settings\nfrom mlflow.telemetry.utils import is_telemetry_disabled as off\nassert off()"
    )
    subprocess.run([sys.executable, "-c", code], env=plain, check=True)
