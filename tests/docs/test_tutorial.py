"""The commands of docs/tutorial.md, in their order, and the notebook; both as a reader runs them."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
import yaml
from nbclient import NotebookClient
from tests.support.documented_commands import blocks
from tests.support.project import ROOT, make_project

from v2meow_pipeline.media.probe import probe

pytestmark = pytest.mark.slow
# What the tutorial itself sets.
OF_THE_TUTORIAL = {"corpus", "evaluation_clips", "ablation", "tune", "retrain"}


def write_test_sizes(env: Path) -> None:
    """The sizes of conf/test as further parameters of an environment."""
    sizes = yaml.safe_load((ROOT / "conf/test/parameters/test.yml").read_text())
    sizes = {name: value for name, value in sizes.items() if name not in OF_THE_TUTORIAL}
    steps = sizes["semantic"]["train"]
    own = yaml.safe_load((env / "parameters.yml").read_text())
    # The tutorial's models have the sizes of the release, so only their budgets are taken.
    for stage in ("semantic", "coarse_audio"):
        own[stage]["train"] |= steps
    rest = {name: value for name, value in sizes.items() if name not in own}
    (env / "parameters.yml").write_text(yaml.safe_dump(own | rest))


@pytest.mark.timeout(3600)
def test_commands_of_the_tutorial(tmp_path: Path) -> None:
    """Catches a step that fails, or that needs something that no earlier step makes."""
    project = make_project(tmp_path / "project")
    (project / ".venv").symlink_to(sys.prefix)
    steps = [body for _, body in blocks(ROOT / "docs/tutorial.md", ("bash",))]
    for step in steps:
        subprocess.run(["bash", "-euc", step], cwd=project, check=True)
        if "conf/mine/parameters.yml" in step:
            write_test_sizes(project / "conf/mine")
    assert probe(project / "data/mine/out.mp4").has_audio
    assert (project / "data/mine/08_reporting/report/index.html").is_file()


@pytest.mark.timeout(3600)
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Catches a cell that raises, and scores that are not those in the page."""
    path = [str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    notebook = nbformat.read(ROOT / "docs/notebook.ipynb", as_version=4)
    shown = notebook.cells[-1].outputs[0].data["text/plain"]
    run_in = {"metadata": {"path": str(tmp_path)}}
    NotebookClient(notebook, timeout=3600, kernel_name="python3", resources=run_in).execute()
    assert notebook.cells[-1].outputs[0].data["text/plain"] == shown
