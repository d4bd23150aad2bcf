"""What is measured, and how: always beside a limit measured in the same run."""

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

TIMES = 5


@dataclass(frozen=True)
class Figure:
    """One line of the table. `held` None: no budget stands for it, it is only told."""

    job: str
    measured: str
    limit: str
    budget: str
    held: bool | None


def median_ms(act: Callable[[], Any], times: int = TIMES) -> float:
    """Answer how long the act takes, in milliseconds, after it was done once to warm up."""
    act()
    taken = []
    for _time in range(times):
        start = time.perf_counter()
        act()
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def table(figures: list[Figure]) -> str:
    """Answer the figures as a table of plain text."""
    rows = [("job", "measured", "limit in the same run", "budget", "held")]
    words = {True: "yes", False: "NO", None: "–"}
    rows += [(f.job, f.measured, f.limit, f.budget, words[f.held]) for f in figures]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines = [
        "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
