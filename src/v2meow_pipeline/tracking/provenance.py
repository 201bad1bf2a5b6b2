"""Provenance of a run: versions of code and data, from Git and DVC."""

import hashlib
import os
import subprocess
from pathlib import Path

RAW = "01_raw"
LOCK = "dvc.lock"


def git_tags(project: Path) -> dict[str, str]:
    """Tags with the current Git commit, and whether there are uncommitted changes.

    Args:
        project: root directory of the project.

    Returns:
        `git.commit` (40 hex digits) and `git.dirty` ("true" or "false"), or `git.commit` "unknown" outside a checkout.
    """
    commit = _git(project, "rev-parse", "HEAD")
    if not commit:
        return {"git.commit": "unknown"}
    return {"git.commit": commit, "git.dirty": str(bool(_git(project, "status", "--porcelain"))).lower()}


def dvc_tags(project: Path) -> dict[str, str]:
    """Tags with DVC's record of a run's data.

    Args:
        project: root directory of the project.

    Returns:
        `dvc.lock` with the MD5 of that file; `dvc.stage` if `dvc repro` started the run; and `dvc.<path>` with the MD5
        of each raw dataset that is unchanged since DVC recorded it. Empty if DVC tracks nothing.
    """
    tags = {f"dvc.{path}": md5 for path, md5 in dvc_hashes(project).items() if RAW in Path(path).parts}
    lock = project / LOCK
    if lock.is_file():
        tags[LOCK] = hashlib.md5(lock.read_bytes(), usedforsecurity=False).hexdigest()
    if stage := os.environ.get("DVC_STAGE"):
        tags["dvc.stage"] = stage
    return tags


def dvc_hashes(project: Path) -> dict[str, str]:
    """DVC hashes of all tracked files and folders whose contents match the recorded hash.

    DVC caches hashes by size and modification time, so only changed files are read. Outputs of the stage that
    `dvc repro` currently runs in this process are excluded.

    Args:
        project: root directory of the project.

    Returns:
        MD5 by path relative to the project, with forward slashes; hashes of folders end in ".dir". Empty if DVC tracks
        nothing; DVC is not imported then.
    """
    if not (project / ".dvc").is_dir() or not _tracks_something(project):
        return {}
    from dvc.repo import Repo

    with Repo(str(project)) as repo:
        current_stage = os.environ.get("DVC_STAGE", "").rpartition(":")[2]  # stage name without the path of dvc.yaml
        recorded = [
            out for out in repo.index.outs if out.hash_info and getattr(out.stage, "name", None) != current_stage
        ]
        unchanged = [out for out in recorded if out.exists and not out.changed_checksum()]
        root = Path(repo.root_dir)
        return {Path(out.fs_path).relative_to(root).as_posix(): str(out.hash_info.value) for out in unchanged}


def _tracks_something(project: Path) -> bool:
    return (project / LOCK).is_file() or any((project / "data").rglob("*.dvc"))


def _git(project: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
