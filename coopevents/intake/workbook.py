"""The tables of an opened file, line by line, and what is wrong with them place by place."""

import re
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from coopevents import names
from coopevents.directory.models import OrganisationKind
from coopevents.errors import InputError
from coopevents.i18n import _, _n
from coopevents.intake import headings
from coopevents.intake.book import UNCOMPUTED, Book, Row, Sheet
from coopevents.intake.columns import title_of
from coopevents.intake.files import open_book
from coopevents.intake.headings import SheetMapping
from coopevents.intake.reading import read_text

MOST_PLACES = 20
NUMBERING = re.compile(r"\(?([0-9]{1,2}|[a-z])\)?")
LETTER = re.compile(r"[^\W\d_]")
SUMS = {"cong", "tong"}
TOTALS = ("tong cong", "tong so")
LISTED_RUNS = 5

Faults = dict[int, dict[str, str]]
"""By the row that Excel shows, by column name of ours: why there is no value."""


class Problems:
    """What is wrong in a workbook, by place: `HTX!F12` and why.

    At most `keep` places are held, so that a file of nothing but mistakes takes no more memory
    than another; `len()` counts them all.
    """

    def __init__(self, file_name: str, *, keep: int = MOST_PLACES) -> None:
        self.file_name = file_name
        self.keep = keep
        self.places: dict[str, str] = {}
        self._number = 0
        # Several rules may complain about one cell, but only while its row is read.
        self._latest: deque[str] = deque(maxlen=64)

    def __len__(self) -> int:
        return self._number

    def add(self, place: str, why: Any) -> None:
        """Note what is wrong at a place; the first complaint about a place stands."""
        if place in self.places or place in self._latest:
            return
        self._latest.append(place)
        self._number += 1
        if len(self.places) < self.keep:
            self.places[place] = str(why)

    def refuse_any(self) -> None:
        """Raise InputError with the first places and the number of the others, if any is wrong."""
        if not self:
            return
        listed = dict(list(self.places.items())[:MOST_PLACES])
        lines = [f"{place}: {why}" for place, why in listed.items()]
        more = len(self) - len(listed)
        if more:
            lines.append(_("and %(number)s more places", number=more))
        heading = _(
            "%(file)s was not imported, nothing was written. To be corrected:",
            file=self.file_name,
        )
        raise InputError("\n".join([heading, *lines]), fields=listed)


@dataclass
class Table:
    """A sheet whose heading was understood."""

    sheet: str
    kind: OrganisationKind | None
    """The kind of organisation it lists; None for the sheet of OCOP products."""
    headings: dict[str, str]
    """By column name of ours: the heading as it is written."""
    places: dict[str, int]
    """By column name of ours: which column of the sheet, from 0."""
    first_row: int
    rows: list[Row] = field(repr=False)
    faults: Faults = field(default_factory=dict, repr=False)
    """Cells that hold no value of their own, though something is to be seen there."""
    remarks: dict[str, str] = field(default_factory=dict)
    """By place: what whoever imports should know, though nothing is wrong."""

    def lines(self) -> Iterator["Line"]:
        """Give the rows that tell of something: neither empty, nor only numbered, nor a total."""
        for number in range(self.first_row, len(self.rows)):
            line = Line(self, number + 1, self.rows[number])
            if line.tells_something:
                yield line


@dataclass(frozen=True)
class Line:
    """A row of a table. `number` is the one Excel shows."""

    table: Table
    number: int
    cells: Row

    @property
    def tells_something(self) -> bool:
        """Whether this is an entry, rather than a gap or the row of totals."""
        told = any(read_text(self.cell(column)) for column in self.table.places)
        return (told or bool(self.faults)) and not self.is_total

    @property
    def faults(self) -> Mapping[str, str]:
        """Answer the cells of the row that cannot be read, by column name of ours, and why."""
        return self.table.faults.get(self.number, {})

    @property
    def is_total(self) -> bool:
        """Whether the row adds up the others: its first words say so."""
        words = next(
            (cell for cell in self.cells if isinstance(cell, str) and LETTER.search(cell)), ""
        )
        folded = names.fold(read_text(words)).rstrip(" :.")
        return folded in SUMS or folded.startswith(TOTALS)

    def cell(self, column: str) -> Any:
        """Answer what stands in the column; "" where the sheet has no such column."""
        place = self.table.places.get(column)
        return "" if place is None or place >= len(self.cells) else self.cells[place]

    def place(self, column: str) -> str:
        """Answer where this is, in words: sheet, column letter and row, heading."""
        if column not in self.table.places:
            return f"{self.table.sheet}!{self.number}"
        letter = column_letter(self.table.places[column])
        return f"{self.table.sheet}!{letter}{self.number} ({self.table.headings[column]})"


def column_letter(place: int) -> str:
    """Answer a column's letters, from its number counted from 0."""
    letters = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def tables(
    book: Book, mappings: Sequence[SheetMapping], problems: Problems, *, with_district: bool
) -> list[Table]:
    """Answer the mapped sheets as tables; what is wrong with a heading is added to `problems`.

    Cells that cannot be read are among the faults of their lines. A hidden sheet is read where
    somebody mapped it. Raises InputError for a mapping of another book.
    """
    sheets = {sheet.name: sheet for sheet in book.sheets}
    found = []
    for mapping in mappings:
        sheet = sheets.get(mapping.sheet)
        if sheet is None:
            raise InputError(_("The file has no sheet “%(sheet)s”.", sheet=mapping.sheet))
        _check_heading(sheet, mapping, problems, with_district=with_district)
        table = _table(sheet, mapping)
        _find_merged(sheet, table)
        _find_troubles(sheet, table)
        table.remarks = _hidden(sheet, table)
        found.append(table)
    return found


def unread(book: Book, mappings: Sequence[SheetMapping]) -> dict[str, str]:
    """Answer the sheets that hold something and are not read, and why."""
    read = {mapping.sheet for mapping in mappings}
    return {
        sheet.name: _("This sheet is hidden; it was not read.")
        if sheet.hidden
        else _("This sheet has no headings of a register; it was not read.")
        for sheet in book.sheets
        if sheet.rows and sheet.name not in read
    }


def read_tables(
    data: bytes, problems: Problems, *, with_district: bool
) -> tuple[list[Table], dict[str, str]]:
    """Answer the tables of a file in the order of its sheets, and why other sheets have none.

    Raises InputError for what is no workbook; a missing column is added to `problems`.
    """
    book = open_book(data, problems.file_name)
    mappings = guesses(book)
    if not mappings:
        raise InputError(
            _(
                "No sheet of the workbook has the headings of a register: %(sheets)s.",
                sheets=", ".join(sheet.name for sheet in book.sheets),
            )
        )
    found = tables(book, mappings, problems, with_district=with_district)
    return found, unread(book, mappings)


def guesses(book: Book, remembered: Mapping[str, str] | None = None) -> list[SheetMapping]:
    """Answer how each sheet is to be read that is shown and has the headings of a register."""
    found = (headings.guess(sheet, remembered) for sheet in book.sheets if not sheet.hidden)
    return [mapping for mapping in found if mapping]


def _table(sheet: Sheet, mapping: SheetMapping) -> Table:
    paths = headings.paths_of(sheet, mapping)
    table = Table(
        sheet=sheet.name,
        kind=mapping.kind,
        headings={
            column: headings.written(paths.get(place, (title_of(column, mapping.kind),)))
            for column, place in mapping.columns.items()
        },
        places=mapping.columns,
        first_row=mapping.first_row,
        rows=sheet.rows,
    )
    if _is_numbering(sheet.rows[mapping.first_row : mapping.first_row + 1]):
        table.first_row += 1
    return table


def _is_numbering(below: list[Row]) -> bool:
    """Whether the row below a heading only numbers the columns: 1, 2, 3 or (1), A, B."""
    cells = [text for row in below for cell in row if (text := names.fold(read_text(cell)))]
    found = [NUMBERING.fullmatch(cell) for cell in cells]
    return len(cells) > 2 and all(found) and len(set(cells)) == len(cells)


def _check_heading(
    sheet: Sheet, mapping: SheetMapping, problems: Problems, *, with_district: bool
) -> None:
    where = f"{sheet.name}!{mapping.heading_row + 1}"
    for place, columns in _by_place(mapping).items():
        if len(columns) > 1:
            titles = " · ".join(title_of(column, mapping.kind) for column in columns)
            problems.add(
                f"{sheet.name}!{column_letter(place)}",
                _("This column cannot be several at once: %(columns)s.", columns=titles),
            )
    if mapping.kind is None and not mapping.ocop and "name" in mapping.columns:
        problems.add(where, _("Which kind of organisation this sheet lists is not said."))
    absent = mapping.absent(with_district=with_district)
    if absent and headings.stands_upside_down(sheet, mapping):
        problems.add(
            where, _("The lines of the heading stand upside down: the wider one belongs above.")
        )
        return
    for column in absent:
        _check_absent(sheet, mapping, column, problems)


def _check_absent(sheet: Sheet, mapping: SheetMapping, column: str, problems: Problems) -> None:
    title = title_of(column, mapping.kind)
    several = headings.rivals(sheet, mapping, column)
    if several:
        why = _(
            "Several columns may be “%(column)s”: %(letters)s. Keep one of them.",
            column=title,
            letters=", ".join(map(column_letter, several)),
        )
    else:
        why = _("The column “%(column)s” is missing.", column=title)
    problems.add(f"{sheet.name}!{mapping.heading_row + 1} ({title})", why)


def _by_place(mapping: SheetMapping) -> dict[int, list[str]]:
    by_place: dict[int, list[str]] = {}
    for column, place in mapping.columns.items():
        by_place.setdefault(place, []).append(column)
    return by_place


def _find_merged(sheet: Sheet, table: Table) -> None:
    """Note the cells that a merge left empty: whom the one value is meant for, nobody can tell."""
    for area in sheet.merges:
        columns = [
            column for column, place in table.places.items() if area.left <= place <= area.right
        ]
        if not columns:
            continue
        why = _(
            "The cell is merged with %(first)s, so nobody can tell whether the value holds here: "
            "write it into each row.",
            first=f"{column_letter(area.left)}{area.top + 1}",
        )
        for number in range(max(area.top, table.first_row), min(area.bottom + 1, len(table.rows))):
            if Line(table, number + 1, table.rows[number]).tells_something:
                for column in columns:
                    if (number, table.places[column]) != (area.top, area.left):
                        table.faults.setdefault(number + 1, {}).setdefault(column, why)


def _find_troubles(sheet: Sheet, table: Table) -> None:
    columns = {place: column for column, place in table.places.items()}
    why = {trouble: _why_unreadable(trouble) for trouble in set(sheet.troubles.values())}
    for (number, place), trouble in sheet.troubles.items():
        if place in columns and table.first_row <= number < len(table.rows):
            table.faults.setdefault(number + 1, {})[columns[place]] = why[trouble]


def _why_unreadable(trouble: str) -> str:
    if trouble == UNCOMPUTED:
        return _(
            "The formula was never computed: open the workbook in Excel and save it, or write "
            "the value itself."
        )
    return _("The cell shows the error %(error)s: write the value itself.", error=trouble)


def _hidden(sheet: Sheet, table: Table) -> dict[str, str]:
    """Answer the hidden rows and columns that are read all the same."""
    remarks = {}
    told = [
        number + 1
        for number in sorted(sheet.hidden_rows)
        if table.first_row <= number < len(table.rows)
        and Line(table, number + 1, table.rows[number]).tells_something
    ]
    if told:
        remarks[f"{sheet.name}!{_runs(told)}"] = _n(
            "This row is hidden in the workbook; it was read.",
            "%(num)s rows are hidden in the workbook; they were read.",
            len(told),
        )
    for column, place in table.places.items():
        if place in sheet.hidden_columns:
            where = f"{sheet.name}!{column_letter(place)} ({table.headings[column]})"
            remarks[where] = _("This column is hidden in the workbook; it was read.")
    return remarks


def _runs(numbers: list[int]) -> str:
    """Answer numbers in short: 12–15, 18."""
    runs = []
    for _key, run in groupby(enumerate(numbers), lambda pair: pair[1] - pair[0]):
        first, *others = (number for _place, number in run)
        runs.append(f"{first}–{others[-1]}" if others else str(first))
    return ", ".join(runs[:LISTED_RUNS]) + (", …" if len(runs) > LISTED_RUNS else "")
