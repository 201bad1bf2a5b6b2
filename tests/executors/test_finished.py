"""A training that is finished is not trained again, and its result is read without the training packages."""

import subprocess
import sys
from pathlib import Path

from tests.support.project import ROOT
from tests.support.stage_corpus import job

from v2meow_pipeline.training.trainer import fit

CODE = """
import sys
from pathlib import Path
from tests.support.stage_corpus import job
from v2meow_pipeline.executors.executor import Executor
from v2meow_pipeline.executors.train import train
result = train(job(max_steps=2, val_every=2), Path(sys.argv[1]), Executor())
print(result.fingerprint, sorted({"lightning", "torchmetrics", "ray", "mlflow"} & set(sys.modules)))
"""


def test_a_finished_training_imports_no_training_package(tmp_path: Path) -> None:
    """Catches a run with nothing to do that imports Lightning, a quarter of its time."""
    made = fit(job(max_steps=2, val_every=2), tmp_path)
    command = [sys.executable, "-c", CODE, str(tmp_path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT)
    assert done.stdout.split() == [made.fingerprint, "[]"]
