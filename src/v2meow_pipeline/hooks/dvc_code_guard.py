"""Hook for `dvc repro`: deletes persistent outputs that were made by older code, so that they are computed again.

DVC does not delete an output with `persist: true` before a stage, so that an interrupted run can resume; and nodes skip
work whose fingerprint of configuration and data is unchanged, whatever the code. A stage that DVC runs because its code
changed would therefore do nothing. This hook deletes the stage's persistent outputs once per code change.
"""

import logging
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from kedro.framework.hooks import hook_impl

from v2meow_pipeline.atomic import write_text
from v2meow_pipeline.config import fingerprint

if TYPE_CHECKING:
    from dvc.dependency import Dependency
    from dvc.stage import Stage

log = logging.getLogger(__name__)

CODE = "src"


def forget_older_code() -> None:
    """Deletes the persistent outputs of the current DVC stage if they were made by other code.

    Does nothing outside `dvc repro`. Outputs that DVC has not recorded, such as those of a plain `kedro run`, are kept.
    """
    stage_name = os.environ.get("DVC_STAGE")
    if stage_name is None:
        return
    from dvc.repo import Repo

    with Repo(os.environ["DVC_ROOT"]) as repo:
        (stage,) = repo.stage.collect(stage_name)
        note_file = Path(repo.tmp_dir) / "code" / fingerprint([str(out.def_path) for out in stage.outs])
        current = _code_now(stage)
        previous = note_file.read_text() if note_file.is_file() else _code_recorded(stage)
        if previous not in (None, current):
            for out in stage.outs:
                if out.persist and out.exists:
                    log.info("%s was made by older code and will be computed again", out.def_path)
                    _remove(Path(out.fs_path))
    write_text(note_file, current)


def _code_now(stage: "Stage") -> str:
    return fingerprint({str(dep.def_path): dep.get_hash().value for dep in _code_of(stage)})


def _code_recorded(stage: "Stage") -> str | None:
    """Code fingerprint recorded in dvc.lock; None if the stage has never finished."""
    recorded = {str(dep.def_path): dep.hash_info for dep in _code_of(stage)}
    if not all(recorded.values()):
        return None
    return fingerprint({path: hash_info.value for path, hash_info in recorded.items()})


def _code_of(stage: "Stage") -> list["Dependency"]:
    return [dep for dep in stage.deps if Path(dep.def_path).parts[0] == CODE]


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


class DvcCodeHooks:
    """Hook that deletes outputs made by older code, inside `dvc repro`."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Deletes outdated outputs before any node checks whether its output exists."""
        forget_older_code()
