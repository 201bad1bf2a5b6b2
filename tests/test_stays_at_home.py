"""No command looks up a name, connects to anything but this machine, or writes outside the project and ~/.cache.

The commands run under strace, whatever language the code that connects is written in, with an empty HOME.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.support.media_makers import make_constant
from tests.support.project import command, make_project

pytestmark = [
    pytest.mark.slow,
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
    home, log = scratch / "home", scratch / "calls.txt"
    home.mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "OMP_NUM_THREADS": "1", "TMPDIR": str(scratch)}
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
    ran = subprocess.run(
        [*strace, *words], cwd=project, env=environment, capture_output=True, text=True, timeout=1200, check=False
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    written = [path for path in home.rglob("*") if path.is_file() and home / ".cache" not in path.parents]
    return Traced(list(_beyond(log.read_text(errors="replace"))), written)


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
    "registry": [V2MEOW, "registry", "list"],
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
    assert not [call for call in found.beyond if not expected.search(call)]
    assert not found.at_home


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
