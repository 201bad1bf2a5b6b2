"""Ray's workers import what the tests send them: they look where pytest looks."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
FOLDERS = [str(TESTS.parent), *(str(TESTS / name) for name in ("corpus", "executors/ray", "models", "training"))]
sys.path[:0] = [folder for folder in FOLDERS if folder not in sys.path]
os.environ["PYTHONPATH"] = os.pathsep.join([*FOLDERS, os.environ.get("PYTHONPATH", "")])
# Nodes that the tests start by themselves know each other by it; without it Ray writes one to the home folder.
os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": "0123456789abcdef" * 4})
