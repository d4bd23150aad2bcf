"""What the file of an activity is made of: sections with facts, tables, and papers beside them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from coopevents.listing import Listing, as_workbook

Cell = Any
"""A text, a number, a day, or a state, whose word is found in words.py."""


@dataclass(frozen=True)
class Table:
    """A table on the index page; `empty` is said where it has no row."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = "—"


@dataclass(frozen=True)
class Paper:
    """A file of the folder: one that lies on the disk, or one that is made for it.

    With neither `path` nor `make` it is missing, and the index page says so. Papers with the same
    `group` lie in one folder below the section's. `stem` and `folder` are what the file and that
    folder are named by, whatever language the page speaks; without them, the title and the group.
    """

    title: str
    extension: str
    path: Path | None = None
    make: Callable[[], bytes] | None = None
    group: str = ""
    stem: str = ""
    folder: str = ""

    @property
    def is_missing(self) -> bool:
        """Whether there is nothing to put into the folder."""
        return self.path is None and self.make is None


@dataclass(frozen=True)
class Section:
    """A part of the file, and the folder its papers lie in: `slug` is that folder's name."""

    slug: str
    title: str
    facts: Sequence[tuple[str, str | None]] = ()
    notes: Sequence[str] = ()
    tables: Sequence[Table] = ()
    papers: Sequence[Paper] = ()


def workbook(listing: Listing, stem: str) -> Paper:
    """Answer the list as a workbook of the folder, made when its turn comes."""
    return Paper(listing.title, "xlsx", make=partial(as_workbook, listing), stem=stem)
