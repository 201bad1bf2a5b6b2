"""Where a run's code and data came from."""

import hashlib
import os
import subprocess
from pathlib import Path

RAW = "01_raw"
LOCK = "dvc.lock"


def git_tags(project: Path) -> dict[str, str]:
    """The commit that a run's code was at, and whether files differed from it.

    Args:
        project: root of the project.

    Returns:
        `git.commit` (40 hex digits) and `git.dirty` ("true" or "false"), or `git.commit` "unknown" outside a checkout.
    """
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return {"git.commit": "unknown"}
    return {"git.commit": commit, "git.dirty": str(bool(_git(project, "status", "--porcelain"))).lower()}


def dvc_tags(project: Path) -> dict[str, str]:
    """What DVC knows of a run's data, in a few tags.

    Args:
        project: root of the project.

    Returns:
        `dvc.lock`, the MD5 of that file; `dvc.stage` where `dvc repro` started the run; and for all raw data that lies
        there as DVC recorded it `dvc.<path>` with its MD5. Empty where nothing is tracked.
    """
    tags = {f"dvc.{path}": md5 for path, md5 in dvc_hashes(project).items() if RAW in Path(path).parts}
    lock = project / LOCK
    if lock.is_file():
        tags[LOCK] = hashlib.md5(lock.read_bytes(), usedforsecurity=False).hexdigest()
    if stage := os.environ.get("DVC_STAGE"):
        tags["dvc.stage"] = stage
    return tags


def dvc_hashes(project: Path) -> dict[str, str]:
    """DVC's hash of each tracked file or folder whose bytes are the recorded ones.

    DVC remembers size and time of what it hashed, so this reads only files that changed since. What `dvc repro` is
    about to make in this very process is left out: it is not there yet.

    Args:
        project: root of the project.

    Returns:
        MD5 by path relative to the project, with forward slashes; folders have DVC's ending ".dir". Empty where nothing
        is tracked: DVC is not even imported then.
    """
    if not (project / ".dvc").is_dir() or not _tracks_something(project):
        return {}
    from dvc.repo import Repo

    with Repo(str(project)) as repo:
        made_here = os.environ.get("DVC_STAGE", "").rpartition(":")[2]  # without the dvc.yaml's path
        recorded = [out for out in repo.index.outs if out.hash_info and getattr(out.stage, "name", None) != made_here]
        same = [out for out in recorded if out.exists and not out.changed_checksum()]
        root = Path(repo.root_dir)
        return {Path(out.fs_path).relative_to(root).as_posix(): str(out.hash_info.value) for out in same}


def _tracks_something(project: Path) -> bool:
    return (project / LOCK).is_file() or any((project / "data").rglob("*.dvc"))


def _git(project: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
