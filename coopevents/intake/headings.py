"""Understanding the headings of a sheet: which of its columns is which of ours."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import groupby, pairwise

from coopevents import names
from coopevents.db import Json
from coopevents.directory.models import OrganisationKind
from coopevents.intake.book import Sheet
from coopevents.intake.columns import COLUMNS, KIND_WORDS, KINDS, OCOP_COLUMNS, Column, title_of
from coopevents.intake.reading import read_text

HEADING_ROWS = 30
"""A table's heading begins within so many rows."""
HEADING_LINES = 3
MOST_COLUMNS = 256
"""Where headings are looked for; whatever stands further to the right is no register."""
LEAST_COLUMNS = 3
"""Fewer known columns are no heading of a register."""

Path = tuple[str, ...]
"""The heading of a column line by line, from the widest down."""


@dataclass(frozen=True)
class SheetMapping:
    """How a sheet is read: where its heading stands, and which column is which of ours."""

    sheet: str
    kind: OrganisationKind | None
    """The kind of organisation it lists; None for OCOP products, and where nobody said."""
    ocop: bool
    heading_row: int
    """The first row of the heading, from 0."""
    heading_lines: int
    columns: dict[str, int]
    """By column name of ours: the column of the sheet, from 0."""

    @property
    def known(self) -> Mapping[str, Column]:
        """Answer the columns such a sheet may have."""
        return OCOP_COLUMNS if self.ocop else COLUMNS

    @property
    def first_row(self) -> int:
        """Answer the first row below the heading, from 0."""
        return self.heading_row + self.heading_lines

    def as_json(self) -> Json:
        """Answer the mapping as it is kept."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Json) -> "SheetMapping":
        """Answer the mapping that was kept."""
        kind = told["kind"]
        return cls(**{**told, "kind": OrganisationKind(kind) if kind else None})

    def absent(self, *, with_district: bool) -> list[str]:
        """Answer the names of required columns that are not mapped."""
        return [
            column
            for column, about in self.known.items()
            if column not in self.columns
            and (about.required or (column == "district" and with_district))
        ]

    def missing(self, *, with_district: bool) -> list[str]:
        """Answer the required columns that are not mapped, as their headings are written."""
        return [title_of(column, self.kind) for column in self.absent(with_district=with_district)]


def guess(sheet: Sheet, remembered: Mapping[str, str] | None = None) -> SheetMapping | None:
    """Answer how the sheet is to be read, by the words of its headings; None for no register.

    `remembered` says what folded headings meant before, and goes before what we know. A column
    of ours that two headings fit is left out: somebody must say which is meant.
    """
    told = {fold_heading(heading): column for heading, column in (remembered or {}).items()}
    texts = _texts(sheet, range(min(HEADING_ROWS + HEADING_LINES - 1, len(sheet.rows))))
    best: SheetMapping | None = None
    for row in range(min(HEADING_ROWS, len(texts))):
        for lines in range(1, min(HEADING_LINES, len(texts) - row) + 1):
            paths = _paths(texts[row : row + lines])
            for ocop in (False, True):
                found = _guess_at(sheet, row, lines, paths, ocop, told)
                if best is None or _is_better(found, best):
                    best = found
    return best if best and len(best.columns) >= LEAST_COLUMNS else None


def headings_of(sheet: Sheet, mapping: SheetMapping) -> list[tuple[int, str]]:
    """Answer every column that has a heading: its place, and the heading as it is written."""
    return [(place, written(path)) for place, path in sorted(paths_of(sheet, mapping).items())]


def rivals(sheet: Sheet, mapping: SheetMapping, column: str) -> list[int]:
    """Answer the columns of the sheet, none of them mapped, whose headings fit `column`."""
    return [
        place
        for place, path in sorted(paths_of(sheet, mapping).items())
        if place not in mapping.columns.values() and _fits(path, mapping.known[column])
    ]


def stands_upside_down(sheet: Sheet, mapping: SheetMapping) -> bool:
    """Whether the lines of the heading make more sense from the lowest to the highest."""
    if mapping.heading_lines < 2:
        return False
    upwards = range(mapping.first_row - 1, mapping.heading_row - 1, -1)
    turned = _match(_paths(_texts(sheet, upwards)), mapping.known, {})
    return len(turned) > len(mapping.columns)


def paths_of(sheet: Sheet, mapping: SheetMapping) -> dict[int, Path]:
    """Answer the heading of each column that has one."""
    last = min(mapping.first_row, len(sheet.rows))
    return _paths(_texts(sheet, range(mapping.heading_row, last)))


def written(path: Path) -> str:
    """Answer a heading of several lines as one."""
    return " / ".join(path)


def fold_heading(heading: str) -> str:
    """Answer a heading as it is remembered and compared."""
    return names.fold(heading).rstrip(" *:")


def _guess_at(
    sheet: Sheet,
    row: int,
    lines: int,
    paths: Mapping[int, Path],
    ocop: bool,
    remembered: Mapping[str, str],
) -> SheetMapping:
    columns = _match(paths, OCOP_COLUMNS if ocop else COLUMNS, remembered)
    name = paths[columns["name"]] if "name" in columns else ()
    kind = None if ocop else _kind(name, sheet.name)
    return SheetMapping(sheet.name, kind, ocop, row, lines, columns)


def _is_better(found: SheetMapping, best: SheetMapping) -> bool:
    # A line that adds nothing is a title above the heading, or the first entry below it.
    return (len(found.columns), -found.heading_lines) > (len(best.columns), -best.heading_lines)


def _kind(name: Path, sheet: str) -> OrganisationKind | None:
    """Answer the kind that the heading of the name tells of, or else the name of the sheet."""
    for words in (*reversed(name), sheet):
        folded = fold_heading(words)
        if folded in KINDS:
            return KINDS[folded]
    words_of_sheet = names.fold(sheet).split()
    found = {kind for word, kind in KIND_WORDS.items() if word in words_of_sheet}
    return found.pop() if len(found) == 1 else None


def _match(
    paths: Mapping[int, Path], known: Mapping[str, Column], remembered: Mapping[str, str]
) -> dict[str, int]:
    """Answer the columns of ours that exactly one heading fits."""
    places: dict[str, list[int]] = {}
    told: dict[str, list[int]] = {}
    for place, path in paths.items():
        heading = fold_heading(written(path))
        if heading in remembered:
            told.setdefault(remembered[heading], []).append(place)
            continue
        column = next((name for name, about in known.items() if _fits(path, about)), None)
        if column:
            places.setdefault(column, []).append(place)
    # What somebody once said stands, whatever else would fit.
    places |= {column: found for column, found in told.items() if column in known}
    return {column: found[0] for column, found in places.items() if len(found) == 1}


def _fits(path: Path, about: Column) -> bool:
    own, above = fold_heading(path[-1]), {fold_heading(line) for line in path[:-1]}
    return own in about.words and (not about.under or not above.isdisjoint(about.under))


def _texts(sheet: Sheet, rows: range) -> list[list[str]]:
    width = min(max((len(sheet.rows[row]) for row in rows), default=0), MOST_COLUMNS)
    return [
        [read_text(cell) for cell in sheet.rows[row][:width]]
        + [""] * (width - len(sheet.rows[row]))
        for row in rows
    ]


def _paths(lines: list[list[str]]) -> dict[int, Path]:
    """Answer the heading of each column that has one, through the lines in their order."""
    lines = [list(line) for line in lines]
    for upper, lower in pairwise(lines):
        _spread(upper, lower)
    paths = {}
    for place, column in enumerate(zip(*lines, strict=True)):
        # A heading merged downwards, or repeated in every line, is one heading.
        path = tuple(line for line, _same in groupby(filter(None, column)))
        if path:
            paths[place] = path
    return paths


def _spread(upper: list[str], lower: list[str]) -> None:
    """Write a wide heading above each of the columns that it covers.

    A merged heading keeps its words in its first cell; the others are empty. Workbooks that were
    converted often lose the merge itself, so what stands below decides.
    """
    for place in range(1, len(upper)):
        if not upper[place] and lower[place]:
            upper[place] = upper[place - 1]
