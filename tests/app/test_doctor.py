"""Checks of the installation."""

import json
from pathlib import Path

import pytest
from tests.support.project import ROOT, run

from v2meow_pipeline.app import doctor


def test_each_check_of_this_installation_has_a_result_and_failures_a_remedy() -> None:
    """Catches a check that raises, and a failure without advice."""
    checks = list(doctor.run_checks(Path.cwd()))
    assert len({check.name for check in checks}) == len(checks) >= 10
    assert all(check.found and bool(check.remedy) != check.ok for check in checks)
    assert {check.name for check in checks if not check.ok and check.required} <= {"trained models"}


def test_a_machine_without_ffmpeg_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches an exception, or silence, where ffmpeg is missing or does not run."""
    monkeypatch.setenv("V2MEOW_FFMPEG", "/nonexistent/ffmpeg")
    failed = {check.name: check for check in doctor.run_checks(Path.cwd()) if not check.ok}
    assert "V2MEOW_FFMPEG" in failed["ffmpeg"].found and "ffmpeg encoders" in failed
    monkeypatch.setenv("V2MEOW_FFMPEG", "/bin/false")
    failed = {check.name: check for check in doctor.run_checks(Path.cwd()) if not check.ok}
    assert "does not run" in failed["ffmpeg"].found and failed["ffmpeg"].remedy


def test_the_command_prints_json() -> None:
    """Catches other text on standard output."""
    found = json.loads(run(ROOT, "v2meow", "doctor", "--json"))
    assert {"name", "ok", "found", "remedy", "required"} == set(found[0])
