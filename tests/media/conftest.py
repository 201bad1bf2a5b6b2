"""The root of the repository on the path: the sampling table is run both by pytest and by hand."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))
