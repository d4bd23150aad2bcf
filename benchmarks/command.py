"""The command line `coopevents` in a process of its own, which tells its peak memory at the end.

What the kernel reports of a child to its parent would not do: before the child runs another
program it shares the parent's memory, and the parent's peak is counted as its own.
"""

import atexit
import os
from pathlib import Path

from coopevents.cli import main


def _tell_peak() -> None:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    Path(os.environ["PEAK_FILE"]).write_text(peak.split()[1], encoding="ascii")


atexit.register(_tell_peak)
main()
