"""An officer's workbook: opened safely, its tables found by the words of their headings."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from coopevents import names
from coopevents.directory.models import OrganisationKind
from coopevents.errors import InputError
from coopevents.i18n import _

LARGEST_FILE = 32 * 1024 * 1024
LARGEST_CONTENT = 200 * 1024 * 1024
LARGEST_AREA = 5_000_000
"""Cells between the first and the last used one: all of them are held in memory."""
HEADING_ROWS = 30
"""A table's heading stands within so many rows."""
MOST_PLACES = 20
OLE_FILE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
CELL = re.compile(rb"""\br=["']([A-Z]{1,3})(\d{1,7})["']""")

Row = list[Any]


@dataclass(frozen=True)
class Column:
    """A column we know: the folded words it is headed by, alone or under a wider heading."""

    words: tuple[str, ...]
    under: tuple[str, ...] = ()
    """The wider heading it stands under; empty where its own words are enough."""
    required: bool = True


COLUMNS: dict[str, Column] = {
    "name": Column(
        (
            *("ten hop tac xa", "ten htx", "ten to hop tac", "ten tht"),
            *("ten lien hiep hop tac xa", "ten lien hiep htx"),
            *("ten to lien ket", "ten nhom lien ket", "ten to (nhom) lien ket"),
        )
    ),
    "commune": Column(("xa/phuong", "xa, phuong", "xa/phuong/thi tran", "xa", "phuong/xa")),
    "district": Column(
        ("huyen/thanh/thi", "huyen", "huyen/thi/thanh", "huyen, thanh, thi"), required=False
    ),
    "sector": Column(("nganh nghe", "linh vuc", "linh vuc hoat dong", "nganh, nghe")),
    "founded": Column(("ngay/nam thanh lap", "ngay thanh lap", "nam thanh lap")),
    "person": Column(("ho va ten", "ho ten", "nguoi dai dien")),
    "sex": Column(("gioi tinh",)),
    "title": Column(("chuc vu", "chuc danh")),
    "phone": Column(("dien thoai", "so dien thoai", "sdt")),
    "email": Column(("email", "e-mail", "thu dien tu")),
    "members": Column(("tong so",), under=("thanh vien", "so thanh vien")),
    "women_members": Column(("nu", "trong do nu"), under=("thanh vien", "so thanh vien")),
    "workers": Column(("tong so",), under=("lao dong", "so lao dong")),
    "women_workers": Column(("nu", "trong do nu"), under=("lao dong", "so lao dong")),
    "women_mark": Column(
        ("htx do phu nu quan ly", "tht do phu nu quan ly", "do phu nu quan ly"), required=False
    ),
    "support": Column(("hoi lhpn ho tro thanh lap", "hoi phu nu ho tro thanh lap")),
}

OCOP_COLUMNS: dict[str, Column] = {
    "name": COLUMNS["name"],
    "commune": COLUMNS["commune"],
    "district": COLUMNS["district"],
    "product": Column(("ten san pham", "san pham")),
    "stars": Column(("hang sao", "so sao", "xep hang")),
    "decision": Column(("so quyet dinh", "quyet dinh")),
    "issued": Column(("ngay cong nhan", "ngay cap", "ngay quyet dinh")),
}

TITLES = {
    "name": "Tên hợp tác xã",
    "commune": "Xã/phường",
    "district": "Huyện/thành/thị",
    "sector": "Ngành nghề",
    "founded": "Ngày/năm thành lập",
    "person": "Họ và tên",
    "sex": "Giới tính",
    "title": "Chức vụ",
    "phone": "Điện thoại",
    "email": "Email",
    "members": "Thành viên / Tổng số",
    "women_members": "Thành viên / Nữ",
    "workers": "Lao động / Tổng số",
    "women_workers": "Lao động / Nữ",
    "support": "Hội LHPN hỗ trợ thành lập",
    "product": "Tên sản phẩm",
    "stars": "Hạng sao",
    "decision": "Số quyết định",
    "issued": "Ngày công nhận",
}
"""How a missing column is named to whoever keeps the workbook: in the workbook's language."""

KINDS = {
    "ten hop tac xa": OrganisationKind.COOPERATIVE,
    "ten htx": OrganisationKind.COOPERATIVE,
    "ten to hop tac": OrganisationKind.COOPERATIVE_GROUP,
    "ten tht": OrganisationKind.COOPERATIVE_GROUP,
    "ten lien hiep hop tac xa": OrganisationKind.COOPERATIVE_UNION,
    "ten lien hiep htx": OrganisationKind.COOPERATIVE_UNION,
    "ten to lien ket": OrganisationKind.LINKED_GROUP,
    "ten nhom lien ket": OrganisationKind.LINKED_GROUP,
    "ten to (nhom) lien ket": OrganisationKind.LINKED_GROUP,
}


class Problems:
    """What is wrong in a workbook, by place: `HTX!F12` and why."""

    def __init__(self, file_name: str) -> None:
        self.file_name = file_name
        self.places: dict[str, str] = {}

    def add(self, place: str, why: Any) -> None:
        """Note what is wrong at a place; the first complaint about a place stands."""
        self.places.setdefault(place, str(why))

    def refuse_any(self) -> None:
        """Raise InputError with up to 20 places, if anything is wrong."""
        if not self.places:
            return
        listed = [f"{place}: {why}" for place, why in list(self.places.items())[:MOST_PLACES]]
        more = len(self.places) - len(listed)
        if more:
            listed.append(_("and %(number)s more places", number=more))
        heading = _(
            "%(file)s was not imported, nothing was written. To be corrected:",
            file=self.file_name,
        )
        raise InputError("\n".join([heading, *listed]), fields=dict(self.places))


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

    def lines(self) -> Iterator["Line"]:
        """Give the rows that tell of something: neither empty, nor only numbered, nor a total."""
        for number, cells in enumerate(self.rows[self.first_row :], start=self.first_row + 1):
            line = Line(self, number, cells)
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
        if not any(str(self.cell(column)).strip() for column in self.table.places):
            return False
        return not any(
            names.fold(str(cell)).startswith(("tong cong", "tong so")) for cell in self.cells
        )

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
    book: Any, mappings: Sequence[Any], problems: Problems, *, with_district: bool
) -> list[Table]:
    """Answer the tables of the mapped sheets; a missing column is added to `problems`."""
    sheets = {sheet.name: sheet.rows for sheet in book.sheets}
    found = []
    for mapping in mappings:
        for column in mapping.missing(with_district=with_district):
            problems.add(
                f"{mapping.sheet}!{mapping.heading_row + 1}",
                _("The column “%(column)s” is missing.", column=column),
            )
        rows = sheets[mapping.sheet]
        headings = headings_at(rows, mapping.heading_row)
        found.append(
            Table(
                sheet=mapping.sheet,
                kind=None if mapping.ocop else mapping.kind,
                headings={
                    column: " / ".join(filter(None, headings.get(place, ())))
                    for column, place in mapping.columns.items()
                },
                places=mapping.columns,
                first_row=mapping.heading_row + mapping.heading_lines,
                rows=rows,
            )
        )
    return found


def check_file(data: bytes) -> None:
    """Refuse what is no workbook, or unpacks to too much."""
    if len(data) > LARGEST_FILE:
        raise InputError(_("The file is larger than %(size)s MB.", size=LARGEST_FILE >> 20))
    if data.startswith(OLE_FILE):
        raise InputError(
            _("The file is protected by a password or has the old format .xls: save it as .xlsx.")
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            _check_archive(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise InputError(_("The file is not an Excel workbook (.xlsx).")) from error


def _check_archive(archive: zipfile.ZipFile) -> None:
    parts = archive.infolist()
    if any(part.flag_bits & 1 for part in parts):
        raise InputError(_("The file is protected by a password."))
    if sum(part.file_size for part in parts) > LARGEST_CONTENT:
        raise InputError(
            _("The file unpacks to more than %(size)s MB.", size=LARGEST_CONTENT >> 20)
        )
    if "xl/workbook.xml" not in {part.filename for part in parts}:
        raise InputError(_("The file is not an Excel workbook (.xlsx)."))
    for part in parts:
        # Reading a part to its end compares it with the size and the checksum it claims: a
        # part that unpacks to more than it says is found here, before anything else reads it.
        content = archive.read(part)
        if part.filename.startswith("xl/worksheets/"):
            _check_area(content)


def _check_area(sheet: bytes) -> None:
    # The reader holds every cell between the first and the last used one, so a single cell in
    # the far corner would take gigabytes.
    last_row, letters_used = 0, set()
    for cell in CELL.finditer(sheet):
        last_row = max(last_row, int(cell[2]))
        letters_used.add(cell[1])
    last_column = max(map(_column_number, letters_used), default=0)
    if last_row * last_column > LARGEST_AREA:
        raise InputError(
            _("A sheet of the workbook has cells far below or far to the right: delete them.")
        )


def _column_number(letters: bytes) -> int:
    return sum((letter - 64) * 26**place for place, letter in enumerate(reversed(letters)))


def best_heading(
    rows: list[Row],
) -> tuple[int, dict[str, int], dict[int, tuple[str, str]], Mapping[str, Column]] | None:
    """Answer the row that looks most like a heading of ours, or None where none does."""
    best: tuple[int, int, dict[str, int], dict[int, tuple[str, str]], Mapping[str, Column]]
    best = (0, 0, {}, {}, COLUMNS)
    for number in range(min(HEADING_ROWS, len(rows))):
        headings = headings_at(rows, number)
        for known in (COLUMNS, OCOP_COLUMNS):
            places = _places(headings, known)
            if len(places) > best[0]:
                best = (len(places), number, places, headings, known)
    return best[1:] if best[0] >= 3 else None


def kind_of(heading: tuple[str, str]) -> OrganisationKind | None:
    """Answer which kind of organisation a sheet lists, by the heading of its names."""
    return KINDS.get(_words(heading))


def headings_at(rows: list[Row], number: int) -> dict[int, tuple[str, str]]:
    """Answer each column's heading as two lines: the wider one above, its own below or ""."""
    upper = [names.clean(str(cell)) for cell in rows[number]]
    lower = [""] * len(upper)
    if is_second_line(rows, number):
        lower = [names.clean(str(cell)) for cell in rows[number + 1]]
    headings, wide = {}, ""
    for place, own in enumerate(upper):
        # A merged heading keeps its words in its first cell; the others are empty.
        wide = own or (wide if lower[place] else "")
        if wide or lower[place]:
            headings[place] = (wide, lower[place])
    return headings


def is_second_line(rows: list[Row], number: int) -> bool:
    """Whether the row below goes on with the heading: words under it, and no entry's number."""
    if number + 1 >= len(rows):
        return False
    below = rows[number + 1]
    words = {names.fold(str(cell)) for cell in below}
    return not str(below[0]).strip() and len(words & SECOND_LINE) >= 2


SECOND_LINE = {word for column in COLUMNS.values() for word in column.words}


def _places(headings: Mapping[int, tuple[str, str]], known: Mapping[str, Column]) -> dict[str, int]:
    places: dict[str, int] = {}
    for place, (upper, lower) in headings.items():
        above, own = names.fold(upper), names.fold(lower or upper)
        for column, description in known.items():
            fits = own in description.words and (
                not description.under or above in description.under
            )
            if fits and column not in places:
                places[column] = place
                break
    return places


def _words(heading: tuple[str, str]) -> str:
    return names.fold(heading[1] or heading[0])
