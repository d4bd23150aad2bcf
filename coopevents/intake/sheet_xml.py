"""What the XML of a workbook says that the reader of its cells does not pass on.

A formula that was never computed, an error value and an empty cell all read as nothing; here
they differ. Also: what is hidden, what is merged, and which cells show capitals.
"""

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from xml.parsers import expat

from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake.book import UNCOMPUTED, Area, Sheet
from coopevents.package import Package

XmlError = expat.ExpatError
LARGEST_AREA = 5_000_000
"""Cells between the first and the last used one: all of them are held in memory."""
MOST_MARKS = 500_000
LAST_COLUMN = 16_384
DIGITS = "0123456789"
TRUE = {"1", "true"}
CAPITAL_FONT = re.compile(r"\.vn.*h", re.IGNORECASE)

Attributes = dict[str, str]
Begin = Callable[[str, Attributes], None]


@dataclass(frozen=True)
class SheetPart:
    """Where in the package the XML of a sheet stands."""

    name: str
    hidden: bool
    part: str


def sheet_parts(package: Package) -> list[SheetPart]:
    """Answer the sheets of cells, in the order of the workbook; charts are left out."""
    targets = {
        about["Id"]: posixpath.join("/xl", about["Target"]).removeprefix("/")
        for name, about in _elements(package.chunks("xl/_rels/workbook.xml.rels"))
        if name == "Relationship" and about["Type"].endswith("/worksheet")
    }
    found = []
    for name, about in _elements(package.chunks("xl/workbook.xml")):
        if name != "sheet":
            continue
        part = targets.get(next(about[key] for key in about if key.endswith(":id")))
        if part:
            hidden = about.get("state", "visible") != "visible"
            found.append(SheetPart(about["name"], hidden, part))
    return found


def capital_styles(package: Package) -> set[str]:
    """Answer the styles of cells whose font shows small letters as capitals."""
    if "xl/styles.xml" not in package:
        return set()
    fonts: list[str] = []
    styles: list[str] = []
    of_cells = False
    for name, about in _elements(package.chunks("xl/styles.xml")):
        if name == "font":
            fonts.append("")
        elif name == "name" and fonts:
            fonts[-1] = about.get("val", "")
        elif name in {"cellXfs", "cellStyles", "dxfs"}:
            of_cells = name == "cellXfs"
        elif name == "xf" and of_cells:
            styles.append(about.get("fontId", "0"))
    capital = {str(n) for n, font in enumerate(fonts) if CAPITAL_FONT.fullmatch(font)}
    return {str(style) for style, font in enumerate(styles) if font in capital}


def look(chunks: Iterable[bytes], sheet: Sheet, capitals: set[str]) -> int:
    """Note in `sheet` everything beside its values; answer how large an area it takes.

    Raises InputError for an area that no memory holds, XmlError for XML that is damaged.
    """
    looker = _Looker(sheet, capitals)
    _parse(chunks, looker.begin, looker.text)
    looker.settle()
    return looker.last_row * looker.last_column


class _Looker:
    """Goes through a sheet's XML once. Rows and columns are counted from 1 here, as there."""

    def __init__(self, sheet: Sheet, capitals: set[str]) -> None:
        self.sheet = sheet
        self.capitals = capitals
        self.row = self.column = self.last_row = self.last_column = 0
        self.merged_rows = 0
        self.letters: dict[str, int] = {}
        self.kind: str | None = None
        self.formula = self.valued = False
        self.value: list[str] | None = None
        """The pieces of the value, where it matters what it is."""
        self.handlers: dict[str, Callable[[Attributes], None]] = {
            "c": self._cell,
            "v": self._value,
            "f": self._formula,
            "row": self._row,
            "col": self._columns,
            "mergeCell": self._merge,
        }

    def begin(self, name: str, about: Attributes) -> None:
        """Note an element that begins."""
        handler = self.handlers.get(name)
        if handler:
            handler(about)

    def text(self, text: str) -> None:
        """Note the text of a value."""
        if self.value is not None:
            self.value.append(text)

    def settle(self) -> None:
        """Note what is wrong with the cell that ended."""
        if not self.formula and self.kind != "e":
            return
        value = "".join(self.value or ()).strip()
        if self.kind == "e":
            trouble = value or "#N/A"
        elif value or (self.valued and self.kind == "str"):
            trouble = ""
        else:
            trouble = UNCOMPUTED
        if trouble:
            self.sheet.troubles[self.row - 1, self.column - 1] = trouble
            self._require_few(len(self.sheet.troubles))
        self.formula, self.kind, self.value = False, None, None

    def _row(self, about: Attributes) -> None:
        self.settle()
        self.row = int(about["r"]) if "r" in about else self.row + 1
        self.column = 0
        if about.get("hidden") in TRUE:
            self.sheet.hidden_rows.add(self.row - 1)

    def _cell(self, about: Attributes) -> None:
        self.settle()
        if place := about.get("r"):
            letters = place.rstrip(DIGITS)
            self.column = self.letters.get(letters) or self._column(letters)
            self.row = int(place[len(letters) :])
        else:
            self.column += 1
        if self.column > self.last_column or self.row > self.last_row:
            self._grow()
        self.kind = about.get("t")
        if self.capitals and about.get("s") in self.capitals:
            self.sheet.capitals.add((self.row - 1, self.column - 1))
            self._require_few(len(self.sheet.capitals))

    def _grow(self) -> None:
        self.last_column = max(self.column, self.last_column)
        self.last_row = max(self.row, self.last_row)
        if self.last_column * self.last_row > LARGEST_AREA:
            raise InputError(
                _("A sheet of the workbook has cells far below or far to the right: delete them.")
            )

    def _column(self, letters: str) -> int:
        self.letters[letters] = column = column_number(letters)
        return column

    def _value(self, _about: Attributes) -> None:
        self.valued = True
        if self.formula or self.kind == "e":
            self.value = []

    def _formula(self, _about: Attributes) -> None:
        self.formula, self.valued = True, False

    def _columns(self, about: Attributes) -> None:
        if about.get("hidden") in TRUE:
            last = min(int(about["max"]), LAST_COLUMN)
            self.sheet.hidden_columns.update(range(int(about["min"]) - 1, last))

    def _merge(self, about: Attributes) -> None:
        first, _colon, last = about["ref"].partition(":")
        (top, left), (bottom, right) = _spot(first), _spot(last or first)
        self.sheet.merges.append(Area(top, left, bottom, right))
        self._require_few(len(self.sheet.merges))
        # No two merges share a cell, unless somebody means to keep us busy.
        self.merged_rows += max(bottom - top, 0) + 1
        if self.merged_rows > LARGEST_AREA:
            self._require_few(self.merged_rows)

    def _require_few(self, number: int) -> None:
        if number > MOST_MARKS:
            raise InputError(
                _("The workbook holds more merged cells and faulty formulas than can be read.")
            )


def column_number(letters: str) -> int:
    """Answer the number of a column from its letters: A is 1."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    if not 1 <= number <= LAST_COLUMN:
        raise ValueError(letters)
    return number


def _spot(place: str) -> tuple[int, int]:
    letters = place.rstrip(DIGITS)
    return int(place[len(letters) :]) - 1, column_number(letters) - 1


def _elements(chunks: Iterable[bytes]) -> list[tuple[str, Attributes]]:
    """Answer every element of a small part in order, without what it holds."""
    found: list[tuple[str, Attributes]] = []
    _parse(chunks, lambda name, about: found.append((name, about)), lambda _text: None)
    return found


def _parse(chunks: Iterable[bytes], begin: Begin, text: Callable[[str], None]) -> None:
    parser = expat.ParserCreate()
    plain: dict[str, str] = {}

    def begin_plain(name: str, about: Attributes) -> None:
        # Some programs write every name with a prefix: x:row.
        local = plain.get(name) or plain.setdefault(name, name.rpartition(":")[2])
        begin(local, about)

    parser.StartElementHandler = begin_plain
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = _refuse_doctype
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)


def _refuse_doctype(*_args: object) -> None:
    # No program writes one into a workbook, and entities are how small XML grows large.
    raise ValueError("There is a document type.")
