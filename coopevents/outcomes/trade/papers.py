"""Numbers of contracts, as people type them and as they are compared."""

import re

from coopevents import names

RUNS = re.compile(r"\d+|[^\W\d_]+")


def fold_number(text: str) -> str:
    """Answer the number of a paper as it is compared: 05/HĐ-MB and 5 / HDMB are one.

    Marks, blanks and signs make no difference, nor do leading zeros; two runs of digits stay two.
    """
    folded = ""
    for run in RUNS.findall(names.fold(text)):
        told = (run.lstrip("0") or "0") if run.isdigit() else run
        folded += f"-{told}" if folded[-1:].isdigit() and told.isdigit() else told
    return folded
