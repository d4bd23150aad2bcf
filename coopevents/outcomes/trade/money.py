"""Amounts of đồng and numbers of contracts, as people type them."""

import re

from coopevents import names
from coopevents.errors import InputError
from coopevents.i18n import _

MOST = 10**14
"""A hundred thousand billion đồng: more than any contract here; a slip of the finger above it."""

PLAIN = re.compile(r"\d+|\d{1,3}(?:[., ]\d{3})+")
RUNS = re.compile(r"\d+|[^\W\d_]+")


def read_amount(text: str, field: str) -> int | None:
    """Answer an amount in VND; nothing typed is None, "not told". "1.500.000" is 1500000.

    Raises InputError that names the field for what may be read in two ways or is no amount.
    """
    clean = re.sub(r"\s*(?:đồng|đ|vnd|vnđ|₫)\s*$", "", names.clean(text), flags=re.IGNORECASE)
    if not clean:
        return None
    if not PLAIN.fullmatch(clean) or len({c for c in clean if c in ".,"}) > 1:
        raise InputError.at(
            field, _("“%(text)s” is no amount in đồng: write 1.500.000 or 1500000.", text=text)
        )
    amount = int(re.sub(r"\D", "", clean)) if len(clean) < 40 else MOST + 1
    if amount > MOST:
        raise InputError.at(field, _("That is more than any contract is worth."))
    return amount


def fold_number(text: str) -> str:
    """Answer the number of a paper as it is compared: 05/HĐ-MB and 5 / HDMB are one.

    Marks, blanks and signs make no difference, nor do leading zeros; two runs of digits stay two.
    """
    folded = ""
    for run in RUNS.findall(names.fold(text)):
        told = (run.lstrip("0") or "0") if run.isdigit() else run
        folded += f"-{told}" if folded[-1:].isdigit() and told.isdigit() else told
    return folded
