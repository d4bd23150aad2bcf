"""The administrative units of the country, found by name: those there are and those there were."""

from collections.abc import Collection
from datetime import date

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select
from sqlalchemy.orm import joinedload

from coopevents import names
from coopevents.db import db, valid_on
from coopevents.errors import NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit, UnitLevel
from coopevents.territory.succession import as_of, communes_within

REFORM = date(2025, 7, 1)
"""Since this day there are no districts, and a code may name another unit than before."""

TYPE_WORDS = {
    UnitLevel.PROVINCE: ("tinh", "thanh pho"),
    UnitLevel.DISTRICT: ("huyen", "quan", "thi xa", "thanh pho"),
    UnitLevel.COMMUNE: ("xa", "phuong", "thi tran", "dac khu"),
}
"""What stands before the name of a unit and may be left out, folded."""


def find_units(
    name: str,
    *,
    level: UnitLevel = UnitLevel.COMMUNE,
    on: date | None = None,
    within: Collection[int] | None = None,
) -> list[AdministrativeUnit]:
    """Answer the units that bear the name, those borne by the name as it was typed first.

    Marks, the place of a tone mark, case, and the word before the name (xã, phường, thị trấn, …)
    make no difference. `on` leaves out those that did not exist on the day, `within` those that
    belong to none of the provinces. Their district and province are loaded.
    """
    folded = names.fold(name)
    spellings = [folded, *_without_type(folded, level)]
    wanted = {
        f"{word} {spelling}".strip() for word in ("", *TYPE_WORDS[level]) for spelling in spellings
    }
    found = _with_parents(
        select(AdministrativeUnit)
        .where(AdministrativeUnit.level == level, AdministrativeUnit.name_fold.in_(wanted))
        .order_by(
            AdministrativeUnit.name != names.clean(name),
            AdministrativeUnit.name_fold != folded,
            *ORDER,
        )
    )
    if on is not None:
        found = found.where(valid_on(AdministrativeUnit, on))
    if within is not None:
        found = found.where(_belongs_to(within))
    return list(db.session.scalars(found))


def search_units(
    q: str, *, within: Collection[int] | None = None, limit: int = 50
) -> list[AdministrativeUnit]:
    """Answer the communes whose name holds every word of `q`, in part and in any order.

    Names that hold the very marks typed come first, then those of today before those of before.
    """
    words = [
        or_(*(AdministrativeUnit.name_fold.like(pattern) for pattern in either))
        for either in names.patterns(q)
    ]
    marked = [
        or_(*(func.lower(AdministrativeUnit.name).like(pattern) for pattern in either))
        for either in names.marked_patterns(q)
    ]
    if not words:
        return []
    found = _with_parents(
        select(AdministrativeUnit)
        .where(AdministrativeUnit.level == UnitLevel.COMMUNE, *words)
        .order_by(case((and_(*marked), 0), else_=1), *ORDER)
        .limit(limit)
    )
    if within is not None:
        found = found.where(_belongs_to(within))
    return list(db.session.scalars(found))


ORDER = (
    AdministrativeUnit.valid_to.is_not(None),
    AdministrativeUnit.name_fold,
    AdministrativeUnit.id,
)
"""Units of today first, then by name."""


def _without_type(folded: str, level: UnitLevel) -> list[str]:
    return [
        bare
        for word in TYPE_WORDS[level]
        if folded.startswith(f"{word} ") and (bare := folded.removeprefix(f"{word} "))
    ]


def _with_parents(found: Select[AdministrativeUnit]) -> Select[AdministrativeUnit]:
    return found.options(
        joinedload(AdministrativeUnit.parent).joinedload(AdministrativeUnit.parent)
    )


def _belongs_to(province_ids: Collection[int]) -> ColumnElement[bool]:
    return AdministrativeUnit.id.in_(
        communes_within(
            select(AdministrativeUnit.id).where(AdministrativeUnit.id.in_(province_ids))
        )
    )


def get_commune(unit_id: int) -> AdministrativeUnit:
    """Answer the commune, of today or of before. Raises NotFoundError for what is none."""
    unit = db.session.scalar(
        _with_parents(
            select(AdministrativeUnit).where(
                AdministrativeUnit.id == unit_id, AdministrativeUnit.level == UnitLevel.COMMUNE
            )
        )
    )
    if unit is None:
        raise NotFoundError(_("There is no such commune."))
    return unit


def province_of(unit: AdministrativeUnit) -> AdministrativeUnit:
    """Answer the province a unit belonged to while it existed; a province is its own."""
    return unit if unit.parent is None else province_of(unit.parent)


def district_of(unit: AdministrativeUnit) -> AdministrativeUnit | None:
    """Answer the former district a commune lay in; communes of today have none."""
    parent = unit.parent
    return parent if parent and parent.level is UnitLevel.DISTRICT else None


def find_province(name: str, on: date) -> AdministrativeUnit | None:
    """Answer the province of that name on that day; marks, case and "tỉnh" make no difference."""
    found = find_units(name, level=UnitLevel.PROVINCE, on=on)
    return found[0] if found else None


def communes_of(province: AdministrativeUnit) -> list[AdministrativeUnit]:
    """Answer the communes of a province, directly below it or below its former districts."""
    return list(
        db.session.scalars(
            select(AdministrativeUnit)
            .where(AdministrativeUnit.id.in_(communes_within(select(literal(province.id)))))
            .order_by(AdministrativeUnit.name_fold)
        )
    )


def territory_on(territory: AdministrativeUnit, day: date) -> AdministrativeUnit:
    """Answer the province as it was on the day: itself, or what it went into whole."""
    return as_of([territory.id], day)[territory.id] or territory
