"""A file of an officer once it is open: sheets of rows, and what their look says beside them.

Rows and columns are counted from 0, as the lists that hold them.
"""

from dataclasses import dataclass, field
from typing import Any, NamedTuple

Row = list[Any]
Spot = tuple[int, int]
"""A row and a column of a sheet."""

UNCOMPUTED = "="
"""Stands among the troubles for a formula whose value was never stored."""


class Area(NamedTuple):
    """A rectangle of cells, its last row and column included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass
class Sheet:
    """A sheet of the file: `rows[0]` is the row that Excel calls 1, whatever is empty or hidden."""

    name: str
    hidden: bool
    rows: list[Row] = field(repr=False)
    hidden_rows: set[int] = field(default_factory=set)
    hidden_columns: set[int] = field(default_factory=set)
    merges: list[Area] = field(default_factory=list)
    """Cells shown as one: only the first of an area holds the value."""
    troubles: dict[Spot, str] = field(default_factory=dict)
    """Cells without a value one could read: an error such as `#N/A`, or UNCOMPUTED."""
    capitals: set[Spot] = field(default_factory=set)
    """Cells in a font that shows small letters as capitals, such as .VnTimeH."""


@dataclass
class Book:
    """What an officer uploaded: a workbook, or a CSV file as a book of one sheet."""

    file_name: str
    sheets: list[Sheet]
