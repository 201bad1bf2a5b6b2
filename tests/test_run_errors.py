"""How `kedro run` ends when it cannot go on."""

import errno
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pluggy
import pytest
from kedro.framework.hooks.specs import KedroContextSpecs
from kedro.io.core import DatasetError
from tests.support.project import make_project
from tests.support.signals import accept_signals

from v2meow_pipeline.errors import ConfigError
from v2meow_pipeline.hooks.run import RunHooks, refuse_unknown
from v2meow_pipeline.run_errors import USAGE_ERROR, VARIABLE, end_on_signals, install, one_line, restore_signals
from v2meow_pipeline.settings import HOOKS

# Ctrl-C, the end of a session or machine, and a closed terminal.
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_project(tmp_path_factory.mktemp("errors") / "project")


def _start(project: Path, *words: str) -> "subprocess.Popen[str]":
    command = [str(Path(sys.executable).with_name("kedro")), "run", "--env", "test", *words]
    return subprocess.Popen(
        command, cwd=project, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=accept_signals
    )


def _states(project: Path) -> list[str]:
    with sqlite3.connect(project / "mlruns" / "mlflow.db") as connection:
        return [state for (state,) in connection.execute("SELECT status FROM runs ORDER BY start_time")]


def test_the_cause_is_found_below_what_wraps_it() -> None:
    """Catches a remedy that stands under sixty lines of traceback."""
    try:
        try:
            raise ConfigError("It is wrong.", "Mend it.")
        except ConfigError as cause:
            raise DatasetError("clips: failed while loading") from cause
    except DatasetError as error:
        assert one_line(error) == "It is wrong. Mend it."
    assert one_line(FileNotFoundError(2, "No such file", "a.parquet")) is not None
    assert one_line(ZeroDivisionError()) is None, "a fault of ours is shown with its traceback"


def test_the_traceback_is_shown_on_request(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Catches a traceback that nobody can see, and one that is always shown."""
    shown: list[BaseException] = []
    monkeypatch.setattr(sys, "excepthook", lambda kind, error, at: shown.append(error))
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    install()
    error = ConfigError("It is wrong.", "Mend it.")
    monkeypatch.delenv(VARIABLE, raising=False)
    with pytest.raises(SystemExit) as ended:
        sys.excepthook(ConfigError, error, None)
    assert ended.value.code == USAGE_ERROR and not shown
    assert capsys.readouterr().err == "kedro run: It is wrong. Mend it.\n"
    monkeypatch.setenv(VARIABLE, "1")
    sys.excepthook(ConfigError, error, None)
    assert shown == [error]


def test_a_full_disk_is_named_whatever_was_made_of_it() -> None:
    """Catches "validation failed" for a table that is in order, and a traceback for a folder that is read-only."""
    try:
        try:
            raise OSError(errno.ENOSPC, "No space left on device", "docs/index.html")
        except OSError as cause:
            raise ConfigError("The table is not valid.", "Correct it.") from cause
    except ConfigError as error:
        told = one_line(error)
    assert told is not None and "disk is full while docs/index.html" in told and "not valid" not in told
    copied = OSError(errno.ENOSPC, "No space left on device", "/tmp/curve.png", None, "mlruns/curve.png")
    assert "full while mlruns/curve.png was" in (one_line(copied) or "")
    assert one_line(PermissionError(errno.EACCES, "Permission denied", "data")) is not None
    database = sqlite3.connect(":memory:")
    database.execute("PRAGMA max_page_count = 1")
    with pytest.raises(RuntimeError) as caught:
        try:
            database.execute("CREATE TABLE runs (id)")
        except sqlite3.OperationalError as error:
            raise RuntimeError("BAD_REQUEST") from error  # as MLflow does
    assert "disk is full" in (one_line(caught.value) or "")
    assert one_line(OSError(errno.EIO, "Input/output error")) is None


def test_a_mistyped_parameter_is_refused_with_the_nearest_name() -> None:
    """Catches an option that is read by nothing, in a run whose name says that it applied."""
    with pytest.raises(ConfigError, match="Did you mean semantic"):
        refuse_unknown({"semantc": {"train": {"lr": 0.1}}}, {"semantic": {}, "clock": {}})
    refuse_unknown({"semantic": {"train": {}}}, {"semantic": {}, "clock": {}})


def test_parameters_are_looked_at_before_a_release_changes_them() -> None:
    """Catches mistyped parameters that are taken for known ones, once a release has merged them."""
    manager = pluggy.PluginManager("kedro")
    manager.add_hookspecs(KedroContextSpecs)
    for hooks in HOOKS:
        manager.register(hooks)
    assert isinstance(manager.hook.after_context_created.get_hookimpls()[-1].plugin, RunHooks)


def test_signals_are_given_back_after_a_run() -> None:
    """Catches a notebook whose Ctrl-C ends it, since a run was started in it once."""
    before = [signal.getsignal(number) for number in SIGNALS]
    end_on_signals()
    assert signal.getsignal(signal.SIGINT) not in before
    with pytest.raises(SystemExit):
        os.kill(os.getpid(), signal.SIGTERM)
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_a_run_goes_on_without_its_terminal_under_nohup() -> None:
    """Catches a night's training that ends with the connection, though it was started to outlive it."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        end_on_signals()
        assert signal.getsignal(signal.SIGHUP) == signal.SIG_IGN
    finally:
        restore_signals()
        signal.signal(signal.SIGHUP, before)


@pytest.mark.parametrize("words", [("--params", "semantc.train.lr=0.1"), ("--pipeline", "semantic")])
def test_what_a_person_can_mend_ends_in_one_line(project: Path, words: tuple[str, ...]) -> None:
    """Catches a traceback for a typing error, or an early start, and a warning of a word that this project allows."""
    run = _start(project, *words)
    lines = run.communicate(timeout=600)[0].strip().splitlines()
    assert "deprecated" not in "".join(lines)
    assert run.returncode == 2 and lines[-1].startswith("kedro run: ") and "Traceback" not in "".join(lines)


@pytest.mark.parametrize("number", [*SIGNALS, signal.SIGKILL])
def test_a_run_that_is_stopped_does_not_go_on_in_the_table_of_runs(project: Path, number: signal.Signals) -> None:
    """Catches runs that are RUNNING for ever, or FINISHED though they were killed."""
    before = len(_states(project)) if (project / "mlruns" / "mlflow.db").exists() else 0
    run = _start(project, "--pipelines", "ingest")
    deadline = time.monotonic() + 600
    while time.monotonic() < deadline and run.poll() is None:
        if (project / "mlruns" / "mlflow.db").exists() and len(_states(project)) > before:
            break
        time.sleep(0.05)
    os.kill(run.pid, number)
    told = run.communicate(timeout=600)[0]
    if number is signal.SIGKILL:
        assert _states(project)[-1] == "RUNNING"
    else:
        assert "Run the same command again" in told and _states(project)[-1] == "KILLED"
        return
    assert _start(project, "--pipelines", "semantic").wait(timeout=300) == 2, "it starts, and has nothing to read"
    assert _states(project)[-2:] == ["KILLED", "FAILED"]
