"""Ray's workers import what the tests send them: they look where pytest looks."""

import os
import sys
from pathlib import Path

TESTS = Path(__file__).parents[2]
FOLDERS = [str(TESTS.parent), *(str(TESTS / name) for name in ("corpus", "launch/cluster", "models", "training"))]
sys.path[:0] = [folder for folder in FOLDERS if folder not in sys.path]
os.environ["PYTHONPATH"] = os.pathsep.join([*FOLDERS, os.environ.get("PYTHONPATH", "")])
