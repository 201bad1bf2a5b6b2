"""The container files: style of the Dockerfile, and agreement with the pages that name the image."""

import re
import subprocess
from typing import Any

import yaml
from tests.support.project import ROOT, command

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_the_dockerfile_follows_the_rules_of_hadolint() -> None:
    """Catches mistakes in shell code, unpinned bases and a root user."""
    done = subprocess.run([command("hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_pages_name_the_image_that_compose_builds() -> None:
    """Catches a version that was raised in one place only."""
    images = {service["image"] for service in COMPOSE["services"].values() if "build" in service}
    assert len(images) == 1
    for page in ("cluster", "container"):
        named = re.findall(r"[\w./-]*v2meow:\d[\d.]*\d", (ROOT / f"docs/how-to/{page}.md").read_text())
        assert set(named) == images
    version = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert version and images == {f"registry.example/v2meow:{version[1]}"}


def test_ports_are_published_on_this_machine_only() -> None:
    """Catches a page or a server without a login that the network reaches."""
    ports = [port for service in COMPOSE["services"].values() for port in service.get("ports", [])]
    assert ports and all(port.startswith("127.0.0.1:") for port in ports)


def test_only_the_ignored_is_missing_from_the_image() -> None:
    """Catches data, runs or local settings that end up in an image."""
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", "data", "mlruns", "conf/local", ".venv"} <= set(ignored)
