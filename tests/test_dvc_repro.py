"""`dvc repro` on the test environment: from nothing, again, after a change, killed, and somewhere else."""

import os
import re
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from tests.support.project import commit, git, lend_environment, make_dvc_project

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1800), pytest.mark.xdist_group("dvc")]
STAGES = [
    *("parameters", "ingest", "features", "semantic_tokenizer", "acoustic_tokenizer", "encode"),
    *("semantic", "coarse", "fine", "generate", "score"),
]


def _start(project: Path, *words: str, **env: str) -> subprocess.Popen[str]:
    """DVC by its path, in a shell where no environment is activated; the code is the project's own."""
    plain = {**os.environ, "PATH": "/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": str(project / "src"), **env}
    return subprocess.Popen(
        [str(project / ".venv/bin/dvc"), *words],
        cwd=project,
        env=plain,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def _dvc(project: Path, *words: str, **env: str) -> str:
    process = _start(project, *words, **env)
    output, _ = process.communicate(timeout=900)
    assert process.returncode == 0, output[-6000:]
    return output


def _ran(output: str) -> list[str]:
    return re.findall(r"Running stage '(\S+)'", output)


def _outs(lock: str) -> dict[str, str]:
    stages = yaml.safe_load(lock)["stages"]
    return {out["path"]: out["md5"] for stage in stages.values() for out in stage["outs"]}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone in which `dvc repro` has run once, committed."""
    project = make_dvc_project(tmp_path_factory.mktemp("dvc") / "project")
    assert _ran(_dvc(project, "repro")) == STAGES
    commit(project, "made")
    git(project, "tag", "made")
    return project


@pytest.fixture(scope="module")
def changed(made: Path) -> tuple[Path, list[str]]:
    """The same after a change of the semantic stage's learning rate; and the stages that ran."""
    path = made / "conf/base/parameters/stages.yml"
    semantic, others = path.read_text().split("coarse:", 1)
    path.write_text(f"{semantic.replace('lr: 0.002', 'lr: 0.004')}coarse:{others}")
    return made, _ran(_dvc(made, "repro"))


def test_a_second_time_nothing_runs(made: Path) -> None:
    """Catches a stage that writes into another's outs, or whose record is not what it read."""
    assert _ran(_dvc(made, "repro")) == []
    assert "up to date" in _dvc(made, "status", "dvc.yaml")


def test_git_and_mlflow_know_what_was_made(made: Path) -> None:
    """Catches data that git would keep, and files that make every run look dirty."""
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=made, capture_output=True, text=True, check=True
    ).stdout
    assert status == ""


def test_one_learning_rate_reruns_what_follows_from_it(changed: tuple[Path, list[str]]) -> None:
    """Catches parameters by file: all three stages would train again."""
    _, ran = changed
    assert ran == ["parameters", "semantic", "generate", "score"]


def test_differences_are_shown(changed: tuple[Path, list[str]]) -> None:
    """Catches parameters, metrics and plots that DVC does not know of."""
    project, _ = changed
    assert re.search(r"semantic\.train\.lr.*0\.002.*0\.004", _dvc(project, "params", "diff", "--all", "--no-path"))
    metrics = _dvc(project, "metrics", "diff")
    assert "semantic/val/loss" in metrics and metrics.count("\n") < 80, "too long to be read"
    _dvc(project, "plots", "diff", "-o", "plots")
    page = (project / "plots/index.html").read_text()
    assert "headlines.csv" in page and "curves/semantic.csv" in page
    commit(project, "another learning rate")


def test_models_are_registered_once(changed: tuple[Path, list[str]]) -> None:
    """Catches a version for each stage that runs, or for each `dvc repro` of the same models."""
    with sqlite3.connect(changed[0] / "mlruns/mlflow.db") as database:
        query = "SELECT value FROM model_version_tags WHERE key = 'fingerprint'"
        registered = [fingerprint for (fingerprint,) in database.execute(query)]
    assert len(registered) == len(set(registered)) == 2, "before and after the change of the learning rate"


def test_another_clone_pulls_and_has_nothing_to_do(changed: tuple[Path, list[str]], tmp_path: Path) -> None:
    """Catches an out that is not pushed, and data that mean something in one place only."""
    project, _ = changed
    remote = ("remote", "add", "--local", "--default", "store", str(tmp_path / "store"))
    _dvc(project, *remote)
    _pulled_elsewhere(project, tmp_path / "clone", remote)
    clone = tmp_path / "clone"
    # What reads the videos finds those of the clone.
    (project / "data").rename(project / "data.away")
    try:
        _dvc(clone, "repro", "--single-item", "--force", "generate")
    finally:
        (project / "data.away").rename(project / "data")


def test_s3(changed: tuple[Path, list[str]], tmp_path: Path, s3: dict[str, str]) -> None:
    """Catches the same over the network, as with MinIO or Amazon's."""
    project, _ = changed
    words = [("remote", "add", "--local", "--default", "--force", "s3", "s3://v2meow/store")]
    words += [("remote", "modify", "--local", "s3", "endpointurl", s3.pop("endpoint"))]
    for one in words:
        _dvc(project, *one)
    _pulled_elsewhere(project, tmp_path / "clone", *words, **s3)


def test_a_killed_repro_goes_on_and_ends_with_the_same_bytes(made: Path, tmp_path: Path) -> None:
    """Catches finished shards that are thrown away, and a result that depends on the kill or on the place."""
    project = make_dvc_project(tmp_path / "project")
    process = _start(project, "repro")
    shards = project / "data/test/04_feature/music_trunk"
    while not any(shards.glob("shard-*")):
        assert process.poll() is None, process.communicate()[0][-4000:]
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    finished = {path: path.stat().st_mtime_ns for path in shards.glob("shard-*")}
    ran = _ran(_dvc(project, "repro"))
    assert ran == STAGES[2:]
    assert {path: path.stat().st_mtime_ns for path in finished} == finished
    recorded = subprocess.run(["git", "show", "made:dvc.lock"], cwd=made, capture_output=True, text=True, check=True)
    assert _outs((project / "dvc.lock").read_text()) == _outs(recorded.stdout)


def _pulled_elsewhere(project: Path, clone: Path, *remote: tuple[str, ...], **env: str) -> None:
    """Pushes, clones, pulls; nothing is left to do there."""
    _dvc(project, "push", **env)
    git(project, "clone", "-q", str(project), str(clone))
    lend_environment(clone)
    for words in remote:
        _dvc(clone, *words)
    _dvc(clone, "pull", "--allow-missing", **env)
    assert _ran(_dvc(clone, "repro")) == []


@pytest.fixture
def s3(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server on this machine that speaks S3, with a bucket `v2meow`."""
    pytest.importorskip("dvc_s3", reason="the extra s3 is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer(
        ip_address="127.0.0.1", port=0
    )
    import boto3

    keys = {"AWS_ACCESS_KEY_ID": "nobody", "AWS_SECRET_ACCESS_KEY": "nothing", "AWS_DEFAULT_REGION": "us-east-1"}
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id="nobody",
        aws_secret_access_key="nothing",
        region_name="us-east-1",
    )
    client.create_bucket(Bucket="v2meow")
    yield {**keys, "endpoint": endpoint}
    server.stop()
