"""Where a run's code came from."""

import subprocess
from pathlib import Path


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


def _git(project: Path, *words: str) -> str:
    try:
        done = subprocess.run(["git", *words], cwd=project, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
