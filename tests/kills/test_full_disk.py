"""Every pipeline on a disk that is full at a random moment says so in one line, and completes once there is space.

pytest tests/kills/test_full_disk.py -m slow                              # four sizes of the disk a command
V2MEOW_FULL_DISKS=12 pytest tests/kills/test_full_disk.py -m slow -s      # more, and prints where each one ended
"""

import os
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest
import yaml
from tests.kills.test_kills import COMMANDS, DATA, STAGES, Killed
from tests.support.project import make_project, start
from tests.support.small_disk import enlarge, small_disk

pytestmark = [pytest.mark.slow, pytest.mark.timeout(3 * 3600)]
SIZES = int(os.environ.get("V2MEOW_FULL_DISKS", "4"))
# Space for the pages of small files, which `used` does not see.
SLACK_BYTES = 64 * 1024


def tuned(project: Path) -> dict[str, object]:
    """The best parameters of each stage, and the losses of complete trials: trials on the full disk have failed."""
    best = {
        path.name: yaml.safe_load(path.read_text()) for path in (project / "conf/test_tuned/parameters").glob("*.yml")
    }
    tables = {stage: pd.read_csv(project / DATA / f"08_reporting/studies/{stage}.csv") for stage in STAGES}
    return best | {stage: table["val_loss"].dropna().tolist() for stage, table in tables.items()}


# Results as in `test_kills`, except for what records the failures themselves.
RESULTS = {name: killed.result for name, killed in COMMANDS.items()} | {"tune": tuned}


def used(folder: Path) -> int:
    """Bytes in use on the file system of a folder."""
    return shutil.disk_usage(folder).used


def prepared(killed: Killed, project: Path, trained: Path) -> None:
    """The project of a command on the small disk."""
    if killed.trained:
        shutil.copytree(trained, project, symlinks=True)
        for name in ("07_model_output", "08_reporting"):
            shutil.rmtree(project / DATA / name, ignore_errors=True)
        killed.prepare(project)
    else:
        make_project(project)


def ended(project: Path, words: tuple[str, ...]) -> tuple[int, str]:
    """Exit code and output of a command."""
    process = start(project, *words)
    output, _ = process.communicate(timeout=1200)
    return process.returncode, output


@pytest.mark.parametrize("name", ["train", "evaluate", "generate", "tune", "retrain"])
@pytest.mark.xdist_group("trained")
def test_a_full_disk_is_named_and_the_command_completes_afterwards(name: str, trained: Path, tmp_path: Path) -> None:
    """Catches a traceback, a full disk that is not named, half a file that is taken for a result, and a lost run."""
    killed, rng = COMMANDS[name], random.Random(name)
    with small_disk(tmp_path / "large", "1g"):
        project = tmp_path / "large" / "project"
        prepared(killed, project, trained)
        before = used(project)
        code, output = ended(project, killed.words)
        assert code == 0, output[-4000:]
        after, expected = used(project), RESULTS[name](project)
    with small_disk(tmp_path / "disk", "1g"):
        project = tmp_path / "disk" / "project"
        prepared(killed, project, trained)
        for share in sorted(rng.random() for _ in range(SIZES)):
            size = max(used(project), int(before + share * (after - before))) + SLACK_BYTES
            enlarge(tmp_path / "disk", str(size))
            code, output = ended(project, killed.words)
            print(f"\n{name} on {size / 1e6:.1f} MB: {code}, {output.strip().splitlines()[-1:]}", flush=True)
            if code == 0:  # a run that is continued needs less space for what it only writes for a while
                break
            assert code == 2 and "The disk is full" in output.strip().splitlines()[-1], output[-6000:]
            assert "Traceback" not in output, output[-6000:]
        enlarge(tmp_path / "disk", "1g")
        code, output = ended(project, killed.words)
        assert code == 0, output[-4000:]
        assert RESULTS[name](project) == expected
