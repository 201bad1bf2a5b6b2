"""Inside `dvc repro`: what was made by older code is made again, what a killed run had finished is kept.

DVC keeps an out with `persist: true` in place, so that a killed run can go on; and nodes skip what has the fingerprint
of its configuration and data, whatever the code. Between the two, a stage that DVC runs because its code changed would
do nothing. So its persistent outs go first, once.
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
    """Deletes the persistent outs of the DVC stage that this process runs for, if other code made them.

    Does nothing outside `dvc repro`. Outs that DVC never saw finished, such as those of a plain `kedro run`, are kept.
    """
    address = os.environ.get("DVC_STAGE")
    if address is None:
        return
    from dvc.repo import Repo

    with Repo(os.environ["DVC_ROOT"]) as repo:
        (stage,) = repo.stage.collect(address)
        note = Path(repo.tmp_dir) / "code" / fingerprint([str(out.def_path) for out in stage.outs])
        now = _code_now(stage)
        made_by = note.read_text() if note.is_file() else _code_recorded(stage)
        if made_by not in (None, now):
            for out in stage.outs:
                if out.persist and out.exists:
                    log.info("%s was made by other code, and is made again", out.def_path)
                    _remove(Path(out.fs_path))
    write_text(note, now)


def _code_now(stage: "Stage") -> str:
    return fingerprint({str(dep.def_path): dep.get_hash().value for dep in _code_of(stage)})


def _code_recorded(stage: "Stage") -> str | None:
    """What dvc.lock says; None where the stage never finished."""
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
    """Inside `dvc repro`, what older code made is made again."""

    @hook_impl
    def before_pipeline_run(self) -> None:
        """Clears the way, before any node looks at what is there."""
        forget_older_code()
