"""Where organisations lie today, when the commune of their seat is no more.

A seat in a commune that went whole into another lies in that one: nobody need say so, and no row
is written. A seat in a commune that was split lies in one of its parts, and which one only people
know: they are asked organisation by organisation.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import joinedload

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db, valid_on
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    Organisation,
    OrganisationAddress,
    OrganisationName,
    OrganisationStatus,
    OrganisationStatusKind,
    Register,
)
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.i18n import _
from coopevents.territory.models import AdministrativeUnit
from coopevents.territory.succession import Step, as_of, became_all, parts_of


@dataclass(frozen=True)
class Place:
    """A commune to choose organisations by: one of today, or one of before that was split."""

    unit: AdministrativeUnit
    is_undecided: bool

    @property
    def label(self) -> str:
        """What the choice is called."""
        if not self.is_undecided:
            return self.unit.name
        parent = self.unit.parent
        return _(
            "%(commune)s, %(district)s (former; not said where today)",
            commune=self.unit.name,
            district=parent.name if parent else "–",
        )


@dataclass(frozen=True)
class OpenSeat:
    """An organisation of which nobody has said in which part of its old commune it lies."""

    organisation_id: int
    name: str
    address: OrganisationAddress
    choices: list[Step]
    """What the commune was split into; empty where nothing is known of what became of it."""


def communes_of(organisation_ids: Collection[int]) -> dict[int, str]:
    """Answer the communes of today: an old name stays where nobody said which it is."""
    today = clock.today()
    units = directory.address_on(organisation_ids, today)
    now = as_of([unit.id for unit in units.values()], today)
    return {id_: (now[unit.id] or unit).name for id_, unit in units.items()}


def list_places(register: Register, today: date) -> list[Place]:
    """Answer the communes in which the register's organisations lie: those of today by name.

    Then follow, marked, the old ones of which organisations lie in nobody has said which part.
    """
    seats = list(db.session.scalars(_units_with_seats(register, today)))
    standing = as_of(seats, today)
    units = {unit.id: unit for unit in standing.values() if unit}
    undecided = [id_ for id_, unit in standing.items() if unit is None]
    return [
        *(Place(unit, is_undecided=False) for unit in sorted(units.values(), key=_by_name)),
        *(Place(unit, is_undecided=True) for unit in _units(undecided)),
    ]


def list_open_seats(register: Register, today: date) -> list[OpenSeat]:
    """Answer the organisations to be asked about, by commune and name; dissolved ones are not.

    The number of queries does not depend on how many there are.
    """
    seats = list(db.session.scalars(_units_with_seats(register, today)))
    undecided = [id_ for id_, unit in as_of(seats, today).items() if unit is None]
    steps = became_all(undecided)
    rows = db.session.execute(
        select(OrganisationAddress, OrganisationName.name)
        .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
        .join(
            OrganisationName,
            and_(
                OrganisationName.organisation_id == Organisation.id,
                valid_on(OrganisationName, today),
            ),
        )
        .join(OrganisationAddress.unit)
        .where(
            Organisation.register_id == register.id,
            Organisation.duplicate_of_id.is_(None),
            OrganisationAddress.administrative_unit_id.in_(undecided),
            valid_on(OrganisationAddress, today),
            Organisation.id.not_in(_dissolved(today)),
        )
        .options(joinedload(OrganisationAddress.unit).joinedload(AdministrativeUnit.parent))
        .order_by(AdministrativeUnit.name_fold, AdministrativeUnit.id)
        .order_by(OrganisationName.name_sort, OrganisationAddress.id)
    )
    return [
        OpenSeat(
            organisation_id=address.organisation_id,
            name=name,
            address=address,
            choices=parts_of(address.unit, steps[address.administrative_unit_id]),
        )
        for address, name in rows
    ]


def decide(register: Register, address_id: int, part_id: int) -> OrganisationAddress:
    """Seat an organisation in the part of its old commune it lies in, since that was split.

    The old address is closed with the old commune and stands as it was. Raises NotFoundError for
    an address of another register, DomainError where it has been said already, InputError for a
    commune that is no part.
    """
    address = _locked(register, address_id)
    unit, today = address.unit, clock.today()
    if not _is_open(address, today):
        raise DomainError(_("Somebody has said already where this organisation lies."))
    parts = {step.new.id: step for step in parts_of(unit, became_all([unit.id])[unit.id])}
    if part_id not in parts:
        raise InputError(_("%(commune)s was not split into that commune.", commune=unit.name))
    step = parts[part_id]
    last_day = step.old.valid_to or today
    if address.valid_from and address.valid_from > last_day:
        raise DomainError(
            _("This address begins after %(commune)s ended: correct it.", commune=unit.name)
        )
    return _reseat(address, step.new, last_day)


def _reseat(
    address: OrganisationAddress, unit: AdministrativeUnit, last_day: date
) -> OrganisationAddress:
    who = access.actor()
    moved = OrganisationAddress(
        organisation_id=address.organisation_id,
        administrative_unit_id=unit.id,
        line=address.line,
        valid_from=last_day + timedelta(days=1),
        valid_to=address.valid_to,
        recorded_by_id=who.id if who.kind == "user" else None,
    )
    address.valid_to = last_day
    # The old row must end before the new one may begin: no day may have two seats.
    db.session.flush()
    db.session.add(moved)
    db.session.flush()
    audit.record(
        "organisation.seat_told",
        "organisation",
        address.organisation_id,
        changes={"commune": (address.unit.name, unit.name)},
    )
    return moved


def _locked(register: Register, address_id: int) -> OrganisationAddress:
    address = db.session.scalar(
        select(OrganisationAddress)
        .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
        .where(OrganisationAddress.id == address_id, Organisation.register_id == register.id)
        .with_for_update(of=OrganisationAddress)
        .execution_options(populate_existing=True)
    )
    if address is None:
        raise NotFoundError(_("There is no such organisation."))
    return address


def _is_open(address: OrganisationAddress, today: date) -> bool:
    holds = address.valid_to is None or address.valid_to >= today
    unit_id = address.administrative_unit_id
    return holds and as_of([unit_id], today)[unit_id] is None


def _units_with_seats(register: Register, today: date) -> Select[int]:
    # The communes of all seats are few: the index is asked for the next one each time, instead of
    # for every seat. Only then is it asked of each whether the register has a seat there today.
    smallest = func.min(OrganisationAddress.administrative_unit_id)
    units = select(smallest.label("unit_id")).cte("units_with_seats", recursive=True)
    following = (
        select(smallest)
        .where(OrganisationAddress.administrative_unit_id > units.c.unit_id)
        .correlate(units)
        .scalar_subquery()
    )
    units = units.union_all(select(following).where(units.c.unit_id.is_not(None)))
    has_seats = (
        select(OrganisationAddress.id)
        .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
        .where(
            OrganisationAddress.administrative_unit_id == units.c.unit_id,
            Organisation.register_id == register.id,
            Organisation.duplicate_of_id.is_(None),
            valid_on(OrganisationAddress, today),
        )
        .correlate(units)
        .exists()
    )
    return select(units.c.unit_id).where(has_seats)


def _dissolved(today: date) -> Select[int]:
    return select(OrganisationStatus.organisation_id).where(
        OrganisationStatus.status == OrganisationStatusKind.DISSOLVED,
        valid_on(OrganisationStatus, today),
    )


def _units(ids: list[int]) -> list[AdministrativeUnit]:
    if not ids:
        return []
    found = db.session.scalars(
        select(AdministrativeUnit)
        .where(AdministrativeUnit.id.in_(ids))
        .options(joinedload(AdministrativeUnit.parent))
    )
    return sorted(found, key=_by_name)


def _by_name(unit: AdministrativeUnit) -> tuple[str, int]:
    return unit.name_fold, unit.id
