"""A Kedro project in a folder of its own, so that tests neither touch data/ nor each other."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.support.signals import accept_signals

from v2meow_pipeline.app.dvc import write_files

ROOT = Path(__file__).parents[2]


def make_project(folder: Path) -> Path:
    """A project with this repository's configuration and no data; the code is the installed package."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copytree(ROOT / "conf", folder / "conf", ignore=shutil.ignore_patterns("local"))
    (folder / "conf" / "local").mkdir()
    for name in ("pyproject.toml", ".telemetry"):
        shutil.copy(ROOT / name, folder / name)
    # Kedro wants a source folder in the project; the package itself is the installed one.
    (folder / "src").mkdir()
    return folder


def command(name: str) -> str:
    """A command of the environment that the tests run in."""
    return str(Path(sys.executable).parent / name)


def start(project: Path, *words: str) -> subprocess.Popen[str]:
    """A command that runs in the project, in a process group of its own so that it can be killed whole."""
    return subprocess.Popen(
        [command(words[0]), *words[1:]],
        cwd=project,
        env=dict(os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
        preexec_fn=accept_signals,
    )


def run(project: Path, *words: str, code: int = 0) -> str:
    """What a command printed, once it has ended with `code`."""
    process = start(project, *words)
    try:
        output, _ = process.communicate(timeout=600)
    except BaseException:
        os.killpg(process.pid, signal.SIGKILL)
        raise
    assert process.returncode == code, output[-6000:]
    return output


def kill_when(project: Path, words: tuple[str, ...], reached: Callable[[], bool]) -> None:
    """Starts a command in the project, and kills it whole (-9) once something has happened."""
    process = start(project, *words)
    deadline = time.monotonic() + 300
    while not reached():
        assert process.poll() is None, process.communicate()[0][-4000:]
        assert time.monotonic() < deadline
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def make_dvc_project(folder: Path) -> Path:
    """A project as a clone has it: with code, stages and a first commit; on the environment of the tests."""
    project = make_project(folder)
    (project / "src").rmdir()
    shutil.copytree(ROOT / "src", project / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    (project / ".dvc").mkdir()
    for name in (".dvcignore", ".gitignore", ".dvc/config", ".dvc/.gitignore"):
        shutil.copy(ROOT / name, project / name)
    write_files(project, "test")
    (project / "conf/local/.gitkeep").touch()
    git(project, "init", "-q", "-b", "main")
    lend_environment(project)
    commit(project, "start")
    return project


def lend_environment(project: Path) -> None:
    """The environment of the tests as the project's `.venv`."""
    (project / ".venv").symlink_to(sys.prefix)
    # .gitignore means a folder, and this is a link.
    (project / ".git/info/exclude").write_text(".venv\n")


def commit(project: Path, message: str) -> None:
    """Everything that git does not ignore."""
    git(project, "add", "--all")
    git(project, "commit", "-q", "-m", message)


def git(project: Path, *words: str) -> None:
    """Git, as nobody in particular, at a fixed time: equal projects have equal commits, which reports name."""
    time_of_commit = {f"GIT_{who}_DATE": "2026-01-01T00:00:00Z" for who in ("AUTHOR", "COMMITTER")}
    words = ("-c", "user.name=t", "-c", "user.email=t@t", *words)
    subprocess.run(["git", *words], cwd=project, check=True, env={**os.environ, **time_of_commit})
