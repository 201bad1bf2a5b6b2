"""Peak memory of this process, counted from a chosen moment where the system can do so."""

import contextlib
import re
import resource
import sys
from pathlib import Path

PROC = Path("/proc/self")
RESET_PEAK = "5"


def reset_peak() -> None:
    """Starts counting the peak anew; without effect where /proc cannot do so, and the peak is then that so far."""
    with contextlib.suppress(OSError):
        (PROC / "clear_refs").write_text(RESET_PEAK)


def peak_bytes() -> int:
    """Largest resident memory of this process since `reset_peak`, bytes; worker processes are not counted."""
    with contextlib.suppress(OSError):
        found = re.search(r"VmHWM:\s+(\d+) kB", (PROC / "status").read_text())
        if found:
            return 1024 * int(found[1])
    # ru_maxrss is in KiB on Linux and in bytes on macOS.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
