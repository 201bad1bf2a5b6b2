"""No command looks up a name, connects to anything but this machine, or writes outside the project and ~/.cache.

The commands run under strace, whatever language the code that connects is written in, with an empty HOME.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import psutil
import pytest
import requests
from tests.support.media_makers import make_constant
from tests.support.project import command, make_dvc_project, make_project
from tests.support.servers import free_port, wait_for
from tests.support.study_folders import make_inputs
from tests.support.video_server import serving_videos
from tests.web.test_api import ended, post

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.xdist_group("stays_at_home"),
    pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed"),
]
LOCAL = re.compile(r"AF_UNIX|AF_NETLINK|AF_UNSPEC|inet_addr\(\"127\.|inet_pton\(AF_INET6, \"(::1|::ffff:127\.)")
ADDRESS = re.compile(r"sa_family=(AF_INET6?)\b")
# A UDP socket sends nothing when it connects: that is how programs ask the kernel for this machine's own address.
UDP_CONNECTS = re.compile(r"connect\(\d+<UDP(v6)?:")
UDP_SENDS = re.compile(r"send\w*\(\d+<UDP(v6)?:\[\S*->(?!127\.|\[::1\]|\[::ffff:127\.)")
# A local Ray asks the machine's metadata service, once, in which cloud it runs, even with usage statistics disabled
# (ray/dashboard/modules/usage_stats, version 2.60; SECURITY.md). strace shows a name with the length of each part.
CLOUD_DETECTION = re.compile(r"169\.254\.169\.254|metadata\\6google")
UNFINISHED, RESUMED = "<unfinished ...>", re.compile(r"<\.\.\. \w+ resumed>")


class Traced(NamedTuple):
    """What a command did: calls that reach beyond this machine, and files at home."""

    beyond: list[str]
    at_home: list[Path]


def trace(project: Path, words: list[str], scratch: Path) -> Traced:
    """Runs a command in a project, with nothing set that a person would not have set."""
    assert _start(project, words, scratch).wait(timeout=1200) == 0, (scratch / "output.txt").read_text()[-6000:]
    return _traced(scratch)


def trace_server(project: Path, words: list[str], scratch: Path, address: str, use: Callable[[str], None]) -> Traced:
    """Starts a server in a project, uses it at its address, and stops it as a person or systemd does."""
    process = _start(project, words, scratch)
    try:
        wait_for(address, process, scratch / "output.txt")
        use(address)
    finally:
        for server in psutil.Process(process.pid).children():
            server.terminate()
        process.wait(timeout=120)
    return _traced(scratch)


def _start(project: Path, words: list[str], scratch: Path) -> "subprocess.Popen[bytes]":
    home, log = scratch / "home", scratch / "calls.txt"
    home.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "OMP_NUM_THREADS": "1", "TMPDIR": str(scratch)}
    environment |= {"PYTHONPATH": os.environ["PYTHONPATH"]} if "PYTHONPATH" in os.environ else {}
    strace = [
        "strace",
        "-f",
        "-yy",
        "--seccomp-bpf",
        "-qq",
        "-e",
        "trace=connect,sendto,sendmsg,sendmmsg",
        "-o",
        str(log),
    ]
    with (scratch / "output.txt").open("w") as output:
        return subprocess.Popen([*strace, *words], cwd=project, env=environment, stdout=output, stderr=output)


def _traced(scratch: Path) -> Traced:
    home, calls = scratch / "home", (scratch / "calls.txt").read_text(errors="replace")
    written = [path for path in home.rglob("*") if path.is_file() and home / ".cache" not in path.parents]
    return Traced(list(_beyond(calls)), written)


def _whole(calls: str) -> Iterator[str]:
    """Lines of strace; a call during which another process was shown is joined again."""
    begun: dict[str, str] = {}
    for line in calls.splitlines():
        process, _, call = line.partition(" ")
        if line.endswith(UNFINISHED):
            begun[process] = line.removesuffix(UNFINISHED)
        elif RESUMED.match(call.lstrip()):
            yield begun.pop(process, "") + RESUMED.sub("", call.lstrip())
        else:
            yield line
    yield from begun.values()


def _beyond(calls: str) -> Iterator[str]:
    for call in _whole(calls):
        elsewhere = ADDRESS.search(call) and not LOCAL.search(call) and not UDP_CONNECTS.search(call)
        if elsewhere or UDP_SENDS.search(call):
            yield call


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with a clip in it, and nothing trained yet."""
    folder = make_project(tmp_path_factory.mktemp("home") / "project")
    make_constant(folder / "clip.mp4", 25, 3.0)
    return folder


KEDRO, V2MEOW = command("kedro"), command("v2meow")
MODELS = "data/test/06_models"
NEW_DATA = "corpus.synthetic.clips.train=14,retrain.train.max_steps=5"
# In this order: later ones use what earlier ones made.
COMMANDS: dict[str, list[str]] = {
    "train": [KEDRO, "run", "--env", "test", "--pipeline", "train"],
    "train a stage on Ray": [
        *[KEDRO, "run", "--env", "test", "--pipeline", "semantic"],
        *["--params", "backend=ray,semantic.train.max_steps=3"],
    ],
    "evaluate": [KEDRO, "run", "--env", "test", "--pipeline", "evaluate"],
    "generate": [V2MEOW, "generate", "clip.mp4", "-o", "out.mp4", "--model", MODELS, "--prompt", "calm piano"],
    "timeline": [V2MEOW, "timeline", "out.mp4", "-o", "out.png"],
    "resynthesise": [V2MEOW, "resynthesise", "sounds", "again", "--model", MODELS],
    "score": [V2MEOW, "score", "--reference", "sounds", "--generated", "again=again"],
    "inspect": [V2MEOW, "inspect", "out.mp4"],
    "doctor": [V2MEOW, "doctor"],
    "tune": [KEDRO, "run", "--env", "test", "--pipeline", "tune", "--namespaces", "semantic"],
    "promote": [V2MEOW, "registry", "promote", "--yes", "--env", "test"],
    "retrain": [KEDRO, "run", "--env", "test", "--pipeline", "retrain", "--params", NEW_DATA],
    "retrain without new data": [V2MEOW, "retrain", "--env", "test"],
    "registry": [V2MEOW, "registry", "list", "--env", "test"],
    "baseline": [V2MEOW, "baseline", "rules", "--videos", ".", "--output", "rules"],
    "diagnose": [V2MEOW, "diagnose", "--env", "test", "--clips", "3"],
    "preflight": [V2MEOW, "preflight", "--env", "test"],
    "model": [V2MEOW, "model", "--env", "test"],
    "help": [V2MEOW, "--help"],
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_stays_at_home(name: str, project: Path, tmp_path: Path) -> None:
    """Catches telemetry of any package, downloads of models, and caches in the user's home."""
    if name == "resynthesise":
        sounds = project / "sounds"
        sounds.mkdir(exist_ok=True)
        for clip in sorted((project / "data/test/07_model_output/examples").glob("*.wav"))[:2]:
            shutil.copy(clip, sounds / clip.name)
    found = trace(project, COMMANDS[name], tmp_path)
    expected = CLOUD_DETECTION if "Ray" in name else re.compile("(?!)")
    _check(found._replace(beyond=[call for call in found.beyond if not expected.search(call)]))


def test_a_study_stays_at_home(project: Path, tmp_path: Path) -> None:
    """Catches fonts and scripts that are fetched for the pages or the report."""
    paths = make_inputs(tmp_path / "inputs", clips=2)
    systems = [f"{name}={paths[name]}" for name in ("a", "b")]
    create = ["create", "--videos", str(paths["videos"]), "--output", "study", "--systems", *systems]
    _check(trace(project, [V2MEOW, "study", *create, "--no-headphones", "--min-listen", "1"], tmp_path))
    port = free_port()
    serve = [V2MEOW, "study", "serve", "study", "--port", str(port)]
    _check(trace_server(project, serve, tmp_path, f"http://127.0.0.1:{port}/", _rate))
    _check(trace(project, [V2MEOW, "study", "analyse", "study"], tmp_path))


def _check(found: Traced) -> None:
    assert not found.beyond and not found.at_home


def _rate(address: str) -> None:
    """Opens the page of a study, registers, and answers every trial of two pieces."""
    assert requests.get(address, timeout=60).status_code == 200
    rater = requests.post(f"{address}api/raters", json={"consent": True}, timeout=60).json()
    answer = {"relevance": 1, "preference": 1, "heard_first_s": 2.0, "heard_second_s": 2.0, "seconds": 9.0}
    for trial in rater["trials"]:
        if trial["kind"] == "pair":
            path = f"{address}api/raters/{rater['id']}/trials/{trial['index']}/pair"
            assert requests.post(path, json=answer, timeout=60).status_code == 201


def test_the_web_page_stays_at_home(project: Path, tmp_path: Path) -> None:
    """Catches analytics of Gradio, its check for updates, and a job that looks something up."""
    port = free_port()

    def make_music(address: str) -> None:
        assert requests.get(address, timeout=60).status_code == 200
        job = post(address.rstrip("/"), project / "clip.mp4").json()
        assert ended(address.rstrip("/"), job["id"])["status"] == "done"

    words = [V2MEOW, "web", "--model", MODELS, "--port", str(port)]
    _check(trace_server(project, words, tmp_path, f"http://127.0.0.1:{port}/", make_music))


def test_the_comparison_of_runs_stays_at_home(project: Path, tmp_path: Path) -> None:
    """Catches telemetry of MLflow's server."""
    port = free_port()
    words = [V2MEOW, "ui", "--port", str(port), "--env", "test"]

    def look(address: str) -> None:
        assert b"MLflow" in requests.get(address, timeout=60).content

    _check(trace_server(project, words, tmp_path, f"http://127.0.0.1:{port}/", look))


def test_a_download_contacts_its_server_only(project: Path, tmp_path: Path) -> None:
    """Catches a check for updates, and a look-up beside the address of the video."""
    name = "gBR_sBM_cAll_d04_mBR0_ch01"
    (project / "splits").mkdir()
    for part in ("train", "val", "test"):
        (project / f"splits/crossmodal_{part}.txt").write_text(name if part == "train" else "")
    with serving_videos() as server:
        server.put(f"/v/{name.replace('cAll', 'c01')}.mp4", (project / "clip.mp4").read_bytes())
        settings = f"{{corpus: {{aistpp: {{base_url: '{server.url}/v'}}}}}}"
        (project / "conf/local/parameters.yml").write_text(settings)
        found = trace(project, [V2MEOW, "download", "--corpus", "aistpp", "--index", "splits"], tmp_path)
    assert list((project / "data/01_raw/aistpp").glob("*.mp4"))
    _check(found)


def test_dvc_stays_at_home(tmp_path: Path) -> None:
    """Catches analytics and the check for updates of DVC, in a clone in which nothing is set."""
    project = make_dvc_project(tmp_path / "project")
    _check(trace(project, [V2MEOW, "dvc", "--env", "test"], tmp_path))
    _check(trace(project, [command("dvc"), "repro", "ingest"], tmp_path))


def test_what_connects_is_seen(project: Path, tmp_path: Path) -> None:
    """Catches a harness that sees nothing: an address for documentation, which answers nobody, and a name."""
    script = (
        "import socket\n"
        "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.sendto(b'x', ('192.0.2.77', 53)) \n"
        "import pathlib; (pathlib.Path.home() / 'id').write_text('x')"
    )
    found = trace(project, [sys.executable, "-c", script], tmp_path)
    assert any("192.0.2.77" in call for call in found.beyond)
    assert [path.name for path in found.at_home] == ["id"]
