"""Reading the files a list of administrative units is made of, line by line."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from coopevents import names
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.territory.models import UnitLevel

UNIT_COLUMNS = ("code", "name", "level", "parent_code", "valid_from", "valid_to", "lat", "lon")
LINK_COLUMNS = ("level", "old_code", "new_code", "kind")
"""A further column `since` may tell of which day it speaks, where codes were handed on twice."""

MOST_PLACES = 20
"""How many wrong lines a refusal names."""


class Problems:
    """What is wrong in the files, by place: `units.csv:17` and why."""

    def __init__(self) -> None:
        self.places: dict[str, str] = {}

    def add(self, place: str, why: str) -> None:
        """Note what is wrong in a line; the first complaint about it stands."""
        self.places.setdefault(place, why)

    def refuse_any(self) -> None:
        """Raise InputError with up to 20 places, if anything is wrong."""
        if not self.places:
            return
        listed = [f"{place}: {why}" for place, why in list(self.places.items())[:MOST_PLACES]]
        if more := len(self.places) - len(listed):
            listed.append(_("and %(number)s more places", number=more))
        heading = _("The list was not taken in, nothing was written. To be corrected:")
        raise InputError("\n".join([heading, *listed]), fields=dict(self.places))


@dataclass(frozen=True)
class Line:
    """A line of a file; `place` names it."""

    place: str
    cells: dict[str, str]


@dataclass
class Unit:
    """A unit as it stands, or will when the list is taken in. `id` None: it is new."""

    code: str
    name: str
    level: UnitLevel
    valid_from: date | None
    valid_to: date | None
    parent: "Unit | None" = field(default=None, repr=False)
    id: int | None = None
    place: str = ""
    latitude: float | None = None
    longitude: float | None = None

    def stood_on(self, day: date) -> bool:
        """Whether the unit existed on the day."""
        return (self.valid_from or date.min) <= day <= (self.valid_to or date.max)


def read_lines(path: Path, columns: Sequence[str], problems: Problems) -> list[Line]:
    """Answer the lines of a CSV file; what cannot be read is noted, and then there is none."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        problems.add(path.name, _("The file is not written in UTF-8."))
        return []
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [column for column in columns if column not in (reader.fieldnames or ())]
        if missing:
            why = _("These columns are missing: %(columns)s.", columns=", ".join(missing))
            problems.add(f"{path.name}:1", why)
            return []
        return list(_lines(reader, path, problems))
    except csv.Error:
        problems.add(f"{path.name}:{reader.line_num}", _("This line is not written as CSV."))
        return []


def _lines(reader: "csv.DictReader[str]", path: Path, problems: Problems) -> Iterable[Line]:
    for row in reader:
        place = f"{path.name}:{reader.line_num}"
        if None in row or None in row.values():
            problems.add(place, _("This line has more or fewer cells than the heading."))
        else:
            yield Line(place, {column: names.clean(cell) for column, cell in row.items()})


def read_unit(line: Line) -> Unit:
    """Answer the unit of a line. Raises ValueError for one that tells none."""
    cells = line.cells
    if not cells["code"] or not cells["name"]:
        raise ValueError(_("The code or the name is missing."))
    if cells["level"] not in set(UnitLevel):
        raise ValueError(_("“%(text)s” is no level of units.", text=cells["level"]))
    began, ended = read_day(cells["valid_from"]), read_day(cells["valid_to"])
    if began and ended and ended < began:
        raise ValueError(_("It ends before it begins."))
    return Unit(
        code=cells["code"],
        name=cells["name"],
        level=UnitLevel(cells["level"]),
        valid_from=began,
        valid_to=ended,
        place=line.place,
        latitude=_degrees(cells["lat"], 90),
        longitude=_degrees(cells["lon"], 180),
    )


def read_day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValueError(_("“%(text)s” is no day as 2025-07-01.", text=text)) from error


def _degrees(text: str, most: int) -> float | None:
    if not text:
        return None
    try:
        degrees = float(text)
    except ValueError:
        degrees = float("nan")
    if not -most <= degrees <= most:
        raise ValueError(_("“%(text)s” is no place on a map.", text=text))
    return degrees
