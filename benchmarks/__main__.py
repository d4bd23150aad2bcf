"""Run the benchmarks named, or all of them: `python -m benchmarks [register_pages …]`."""

import importlib
import sys

from benchmarks.measure import Figure, table

ALL = ("register_pages", "import_rows", "activities", "outcomes", "mail_round", "link_page")


def main() -> None:
    """Measure, and print one table."""
    figures: list[Figure] = []
    for name in sys.argv[1:] or ALL:
        if name not in ALL:
            sys.exit(f"There is no benchmark {name}; there are: {', '.join(ALL)}.")
        print(f"… {name}", file=sys.stderr, flush=True)
        figures += importlib.import_module(f"benchmarks.{name}").run()
    print(table(figures))


main()
