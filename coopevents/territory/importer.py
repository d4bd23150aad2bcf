"""Lists of administrative units: the ones that ship, and a later one from a decision.

A list may be whole or tell only of changes. What stands is never changed but by an end: a unit
that is called otherwise, or lies elsewhere, is another unit from that day on.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from sqlalchemy import func, insert, select, update

from coopevents import names
from coopevents.audit import service as audit
from coopevents.config import ROOT
from coopevents.db import db
from coopevents.i18n import _
from coopevents.territory.lists import (
    LINK_COLUMNS,
    UNIT_COLUMNS,
    Line,
    Problems,
    Unit,
    read_day,
    read_lines,
    read_unit,
)
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
    UnitLevel,
)

DATA = ROOT / "coopevents" / "data"

PARENT_LEVELS = {
    UnitLevel.PROVINCE: (),
    UnitLevel.DISTRICT: (UnitLevel.PROVINCE,),
    UnitLevel.COMMUNE: (UnitLevel.DISTRICT, UnitLevel.PROVINCE),
}


@dataclass
class Taken:
    """What a list brought."""

    new: int = 0
    ended: int = 0
    links: int = 0
    same: int = 0


def load_country(folder: Path = DATA) -> int:
    """Write all units and their successions, unless there are some; answer how many there are."""
    present = db.session.scalar(select(func.count()).select_from(AdministrativeUnit)) or 0
    if present:
        return present
    return take_in(
        folder / "administrative-units.csv", folder / "administrative-succession.csv"
    ).new


def take_in(units_file: Path, succession_file: Path | None = None) -> Taken:
    """Begin the units that are new in the list, end those it ends, add its links.

    What stands is left as it is, so that the same list again changes nothing. Raises InputError
    that names the file and the line of everything wrong; then nothing is written.
    """
    problems, taken = Problems(), Taken()
    unit_lines = read_lines(units_file, UNIT_COLUMNS, problems)
    link_lines = read_lines(succession_file, LINK_COLUMNS, problems) if succession_file else []
    problems.refuse_any()
    country = Country.load()
    for line in unit_lines:
        country.read(line, problems, taken)
    problems.refuse_any()
    country.check(problems)
    problems.refuse_any()
    links = Links(country)
    for line in link_lines:
        links.read(line, problems, taken)
    problems.refuse_any()
    country.write()
    links.write()
    _tell(units_file, taken)
    return taken


def _tell(units_file: Path, taken: Taken) -> None:
    if taken.new or taken.ended or taken.links:
        audit.record(
            "units.taken_in",
            "administrative_units",
            None,
            changes={
                "file": (None, units_file.name),
                "new": (None, taken.new),
                "ended": (None, taken.ended),
                "links": (None, taken.links),
            },
        )


class Country:
    """All units: those that stand in the database, and what a list makes of them."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self.by_code: dict[tuple[UnitLevel, str], list[Unit]] = defaultdict(list)
        self.changed: dict[int, Unit] = {}
        self.new: list[Unit] = []
        self.listed: dict[tuple[UnitLevel, str, date | None], str] = {}
        self.parent_codes: list[tuple[Unit, str]] = []
        for unit in units:
            self.by_code[unit.level, unit.code].append(unit)

    @classmethod
    def load(cls) -> "Country":
        """Answer the country as it stands."""
        row = AdministrativeUnit
        standing = db.session.execute(
            select(row.id, row.parent_id, row.code, row.name, row.level)
            .add_columns(row.valid_from, row.valid_to)
            .order_by(row.id)
        ).all()
        units = {
            id_: Unit(code, name, level, began, ended, id=id_)
            for id_, _parent_id, code, name, level, began, ended in standing
        }
        for id_, parent_id, *_told in standing:
            if parent_id is not None:
                units[id_].parent = units[parent_id]
        return cls(units.values())

    def read(self, line: Line, problems: Problems, taken: Taken) -> None:
        """Take a line of the list in: a unit that begins, ends, or stands already."""
        try:
            unit = read_unit(line)
        except ValueError as error:
            problems.add(line.place, str(error))
            return
        key = (unit.level, unit.code, unit.valid_from)
        if key in self.listed:
            why = _("The same unit stands in line %(line)s.", line=self.listed[key])
            problems.add(line.place, why)
            return
        self.listed[key] = line.place.rpartition(":")[2]
        standing = next(
            (u for u in self.by_code[unit.level, unit.code] if u.valid_from == unit.valid_from),
            None,
        )
        if standing is None:
            self.by_code[unit.level, unit.code].append(unit)
            self.new.append(unit)
            self.parent_codes.append((unit, line.cells["parent_code"]))
            taken.new += 1
            return
        standing.place = line.place
        self.parent_codes.append((standing, line.cells["parent_code"]))
        if contradiction := _contradiction(standing, unit):
            problems.add(line.place, contradiction)
        elif standing.valid_to == unit.valid_to:
            taken.same += 1
        else:
            standing.valid_to = unit.valid_to
            self.changed[standing.id or 0] = standing
            taken.ended += 1

    def check(self, problems: Problems) -> None:
        """Note units that would lie nowhere, or share a code on one day."""
        for unit, code in self.parent_codes:
            parent = self._parent(unit, code)
            if parent is None and (code or PARENT_LEVELS[unit.level]):
                why = _("There is no unit %(code)s it can belong to on that day.", code=code)
                problems.add(unit.place, why)
            elif unit.id is None:
                unit.parent = parent
            elif unit.parent is not parent:
                why = _("It belongs to %(unit)s.", unit=unit.parent.name if unit.parent else "–")
                problems.add(unit.place, why)
        for bearers in self.by_code.values():
            bearers.sort(key=lambda unit: unit.valid_from or date.min)
            for before, after in pairwise(bearers):
                if (before.valid_to or date.max) >= (after.valid_from or date.min):
                    why = _(
                        "%(unit)s bears the code %(code)s then.", unit=before.name, code=before.code
                    )
                    problems.add(after.place or before.place, why)
        for unit in (unit for bearers in self.by_code.values() for unit in bearers):
            above = unit.parent
            if above and (above.valid_to or date.max) < (unit.valid_to or date.max):
                why = _("%(unit)s goes on after what it belongs to has ended.", unit=unit.name)
                problems.add(above.place or unit.place, why)

    def _parent(self, unit: Unit, code: str) -> Unit | None:
        day = unit.valid_from or unit.valid_to or date.max
        return next(
            (
                parent
                for level in PARENT_LEVELS[unit.level]
                for parent in self.by_code.get((level, code), ())
                if parent.stood_on(day)
            ),
            None,
        )

    def write(self) -> None:
        """Have what is new and what ended stand in the database."""
        # What ends gives its code free, so it ends first.
        if self.changed:
            db.session.execute(
                update(AdministrativeUnit),
                [{"id": id_, "valid_to": unit.valid_to} for id_, unit in self.changed.items()],
            )
        for level in UnitLevel:
            fresh = [unit for unit in self.new if unit.level is level]
            if not fresh:
                continue
            ids = db.session.scalars(
                insert(AdministrativeUnit).returning(
                    AdministrativeUnit.id, sort_by_parameter_order=True
                ),
                [_values(unit) for unit in fresh],
            )
            for unit, id_ in zip(fresh, ids, strict=True):
                unit.id = id_


def _contradiction(standing: Unit, told: Unit) -> str | None:
    """Answer what the list says otherwise than what stands, unless it only ends it."""
    if standing.name != told.name:
        return _(
            "This unit is called %(name)s: end it, and begin another under the new name.",
            name=standing.name,
        )
    if standing.valid_to is not None and standing.valid_to != told.valid_to:
        return _("This unit ended on %(day)s.", day=standing.valid_to.isoformat())
    return None


def _values(unit: Unit) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name,
        "name_fold": names.fold(unit.name),
        "level": unit.level,
        "parent_id": unit.parent.id if unit.parent else None,
        "valid_from": unit.valid_from,
        "valid_to": unit.valid_to,
        "latitude": unit.latitude,
        "longitude": unit.longitude,
    }


class Links:
    """What became of what: the links that stand, and those a list adds."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.new: list[tuple[Unit, Unit, SuccessionKind]] = []
        self.kinds: dict[int, dict[int, SuccessionKind]] = defaultdict(dict)
        """By the old unit's key: the kind of each link, by the new unit's."""
        by_id = {
            unit.id: unit for bearers in country.by_code.values() for unit in bearers if unit.id
        }
        for old_id, new_id, kind in db.session.execute(
            select(
                AdministrativeSuccession.old_id,
                AdministrativeSuccession.new_id,
                AdministrativeSuccession.kind,
            )
        ):
            self.kinds[id(by_id[old_id])][id(by_id[new_id])] = kind

    def read(self, line: Line, problems: Problems, taken: Taken) -> None:
        """Take a line of the list in: a link that is new, or stands already."""
        cells = line.cells
        if cells["level"] not in set(UnitLevel) or cells["kind"] not in set(SuccessionKind):
            why = _(
                "“%(text)s” is no kind of succession.", text=f"{cells['level']} {cells['kind']}"
            )
            problems.add(line.place, why)
            return
        level, kind = UnitLevel(cells["level"]), SuccessionKind(cells["kind"])
        try:
            since = read_day(cells.get("since", ""))
        except ValueError as error:
            problems.add(line.place, str(error))
            return
        pairs = self._pairs(level, cells["old_code"], cells["new_code"], since)
        if not pairs:
            why = _(
                "No unit %(old)s ended on the day before a unit %(new)s began.",
                old=cells["old_code"],
                new=cells["new_code"],
            )
            problems.add(line.place, why)
            return
        # A code may have been handed on more than once: a list tells of the latest time.
        old, new = pairs[-1]
        known = self.kinds[id(old)]
        if known.get(id(new)) == kind:
            taken.same += 1
        elif id(new) in known or (known and SuccessionKind.WHOLE in {kind, *known.values()}):
            why = _("It is told otherwise what became of %(unit)s.", unit=old.name)
            problems.add(line.place, why)
        else:
            known[id(new)] = kind
            self.new.append((old, new, kind))
            taken.links += 1

    def _pairs(
        self, level: UnitLevel, old_code: str, new_code: str, since: date | None
    ) -> list[tuple[Unit, Unit]]:
        return [
            (old, new)
            for old in self.country.by_code.get((level, old_code), ())
            for new in self.country.by_code.get((level, new_code), ())
            if old.valid_to
            and new.valid_from == old.valid_to + timedelta(days=1)
            and since in {None, new.valid_from}
        ]

    def write(self) -> None:
        """Have the new links stand in the database."""
        values = [{"old_id": old.id, "new_id": new.id, "kind": kind} for old, new, kind in self.new]
        if values:
            db.session.execute(insert(AdministrativeSuccession), values)
