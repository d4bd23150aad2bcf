"""The territory a report is about: as it was when the programme was signed, or as it is.

A report chooses one of the two and never mixes them: what is counted in one province is never
compared with what was counted in another, even if both bear the same name.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Select

from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.succession import as_of, communes_of_former
from coopevents.territory.units import district_of, territory_on


class Territory(StrEnum):
    AS_IT_IS = "as_it_is"
    """The province on the last day of the report, with all that went into it."""
    AS_IT_WAS = "as_it_was"
    """The province the programme was signed for, in the boundaries it had then."""


@dataclass(frozen=True)
class Commune:
    """A commune as a report names it."""

    name: str
    district: str | None
    """The former district; None for a commune of today."""
    is_other: bool
    """It is of the other territory, for nobody can say which of the chosen one it is."""


def province(signed_for: AdministrativeUnit, choice: Territory, day: date) -> AdministrativeUnit:
    """Answer the province a report is about whose last day is `day`."""
    return signed_for if choice is Territory.AS_IT_WAS else territory_on(signed_for, day)


def ground(signed_for: AdministrativeUnit, choice: Territory, day: date) -> Select[int] | None:
    """Answer the ids of the communes a report is about; None says those of the whole register.

    After a province has gone into a larger one, the register holds organisations that never were
    on its ground. A seat nobody knows is on no ground.
    """
    about = province(signed_for, choice, day)
    if about.valid_to is None or about.valid_to >= day:
        return None
    return communes_of_former([about.id])


def communes_named(
    units: Iterable[AdministrativeUnit], about: AdministrativeUnit, day: date
) -> dict[int, Commune]:
    """Answer by id how each commune is called in a report about the province and until `day`."""
    last_day = min(day, about.valid_to or day)
    wanted = {unit.id: unit for unit in units}
    standing = as_of(wanted, last_day)
    named = {}
    for unit_id, unit in wanted.items():
        told = standing[unit_id] or unit
        district = district_of(told)
        named[unit_id] = Commune(
            told.name, district.name if district else None, is_other=standing[unit_id] is None
        )
    return named


def comparable(one: AdministrativeUnit, other: AdministrativeUnit) -> bool:
    """Whether figures of the two may be compared: only if they are one and the same unit."""
    return one.id == other.id


def growth(
    now: Decimal | int | None,
    before: Decimal | int | None,
    *,
    here: AdministrativeUnit,
    there: AdministrativeUnit,
) -> Decimal | None:
    """Answer by how many percent a figure grew; None where that says nothing.

    It says nothing across territories, of what was never counted, and of what began with nothing.
    """
    if now is None or not before or not comparable(here, there):
        return None
    return (Decimal(now) - Decimal(before)) * 100 / Decimal(before)


def told(unit: AdministrativeUnit) -> str:
    """Answer what a page calls the unit, in the language spoken now."""
    return _("%(unit)s (former)", unit=unit.name) if unit.valid_to else unit.name


def official_name(unit: AdministrativeUnit) -> str:
    """Answer what a Vietnamese document calls the unit: "tỉnh Phú Thọ (cũ)" for one of before."""
    name = unit.name[:1].lower() + unit.name[1:]
    return f"{name} (cũ)" if unit.valid_to else name
