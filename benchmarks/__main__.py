"""Run the benchmarks named, or all of them: `python -m benchmarks [register_pages …]`."""

import importlib
import subprocess
import sys

from benchmarks.measure import table

ALL = ("register_pages", "import_rows", "activities", "outcomes", "mail_round", "link_page")


def main() -> None:
    """Measure, and print a table of each benchmark."""
    names = sys.argv[1:] or ALL
    for name in names:
        if name not in ALL:
            sys.exit(f"There is no benchmark {name}; there are: {', '.join(ALL)}.")
    if len(names) > 1:
        # Each in a process of its own: it has its own house, and a broker remembered is another's.
        for name in names:
            subprocess.run([sys.executable, "-m", "benchmarks", name], check=True)
        return
    print(f"… {names[0]}", file=sys.stderr, flush=True)
    print(table(importlib.import_module(f"benchmarks.{names[0]}").run()))


main()
