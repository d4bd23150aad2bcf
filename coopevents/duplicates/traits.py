"""What entries are compared by: names, communes, numbers, codes, each with the entry it is told of.

What is told of an entry that was merged is told of the one it counts as.
"""

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import aliased

from coopevents.directory.models import (
    Channel,
    ContactPoint,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationLineage,
    OrganisationName,
    Person,
    Post,
    Register,
    Sex,
)
from coopevents.duplicates.matching import Sign
from coopevents.territory.models import AdministrativeSuccession

Rows = Select[*tuple[Any, ...]]

REACHES = {Sign.PHONE: (Channel.PHONE, Channel.ZALO), Sign.EMAIL: (Channel.EMAIL,)}
"""By which channels two entries may share a number or an address."""


def counted(table: Any) -> ColumnElement[int]:
    """Answer the id of the entry that a row of the table counts as."""
    return func.coalesce(table.duplicate_of_id, table.id)


def organisation_names(register: Register) -> Rows:
    """Answer every name an organisation has borne, without the words of its kind: id, key."""
    return (
        select(counted(Organisation).label("id"), OrganisationName.name_key.label("key"))
        .join(Organisation, Organisation.id == OrganisationName.organisation_id)
        .where(Organisation.register_id == register.id)
        .distinct()
    )


def person_names(register: Register) -> Rows:
    """Answer the folded names of people: id, key. Whoever was erased has none."""
    return (
        select(counted(Person).label("id"), Person.name_fold.label("key"))
        .where(Person.register_id == register.id, Person.erased_at.is_(None))
        .distinct()
    )


def organisation_seats(register: Register) -> Rows:
    """Answer the communes organisations had their seat in, as they are today: id, unit_id.

    An old commune stands for what it went into, so an entry made before the reform of 2025 meets
    one made after it; where it was split, it may be any part.
    """
    return (
        select(counted(Organisation).label("id"), _unit_today().label("unit_id"))
        .select_from(OrganisationAddress)
        .join(Organisation, Organisation.id == OrganisationAddress.organisation_id)
        .outerjoin(*_WENT_INTO)
        .where(Organisation.register_id == register.id)
        .distinct()
    )


def person_seats(register: Register) -> Rows:
    """Answer the communes of the organisations people have held posts in: id, unit_id."""
    return (
        select(counted(Person).label("id"), _unit_today().label("unit_id"))
        .select_from(Post)
        .join(Person, Person.id == Post.person_id)
        .join(OrganisationAddress, OrganisationAddress.organisation_id == Post.organisation_id)
        .outerjoin(*_WENT_INTO)
        .where(Person.register_id == register.id, Person.erased_at.is_(None))
        .distinct()
    )


_WENT_INTO = (
    AdministrativeSuccession,
    AdministrativeSuccession.old_id == OrganisationAddress.administrative_unit_id,
)


def _unit_today() -> ColumnElement[int]:
    return func.coalesce(
        AdministrativeSuccession.new_id, OrganisationAddress.administrative_unit_id
    )


def organisation_reach(register: Register, sign: Sign) -> Rows:
    """Answer the tails of numbers, or the addresses, of organisations: id, tail."""
    return (
        select(counted(Organisation).label("id"), ContactPoint.tail)
        .join(Organisation, Organisation.id == ContactPoint.organisation_id)
        .where(Organisation.register_id == register.id, ContactPoint.channel.in_(REACHES[sign]))
        .distinct()
    )


def person_reach(register: Register, sign: Sign) -> Rows:
    """Answer the tails of numbers, or the addresses, of people: id, tail."""
    return (
        select(counted(Person).label("id"), ContactPoint.tail)
        .join(Person, Person.id == ContactPoint.person_id)
        .where(
            Person.register_id == register.id,
            Person.erased_at.is_(None),
            ContactPoint.channel.in_(REACHES[sign]),
        )
        .distinct()
    )


def organisation_codes(register: Register) -> Rows:
    """Answer the codes organisations have borne: id, scheme, code."""
    return (
        select(counted(Organisation).label("id"), OrganisationCode.scheme, OrganisationCode.code)
        .join(Organisation, Organisation.id == OrganisationCode.organisation_id)
        .where(Organisation.register_id == register.id)
        .distinct()
    )


def codes_differ(first_id: ColumnElement[int], second_id: ColumnElement[int]) -> Any:
    """Answer the condition that authorities know the two by different codes of one scheme."""
    one, other = aliased(OrganisationCode), aliased(OrganisationCode)
    return (
        select(one.id)
        .join(other, and_(other.scheme == one.scheme, other.code != one.code))
        .where(
            one.organisation_id.in_(_entries(first_id)),
            other.organisation_id.in_(_entries(second_id)),
            one.valid_to.is_(None),
            other.valid_to.is_(None),
        )
        .exists()
    )


def is_kin(first_id: ColumnElement[int], second_id: ColumnElement[int]) -> Any:
    """Answer the condition that one of the two came out of the other, at once or by steps."""
    step = aliased(OrganisationLineage)
    line = (
        select(OrganisationLineage.old_id, OrganisationLineage.new_id)
        .where(OrganisationLineage.new_id.is_not(None))
        .cte("line_of_descent", recursive=True)
    )
    line = line.union(
        select(line.c.old_id, step.new_id)
        .join(step, step.old_id == line.c.new_id)
        .where(step.new_id.is_not(None))
    )
    return (
        select(line.c.old_id)
        .where(
            or_(
                and_(line.c.old_id.in_(_entries(first_id)), line.c.new_id.in_(_entries(second_id))),
                and_(line.c.old_id.in_(_entries(second_id)), line.c.new_id.in_(_entries(first_id))),
            )
        )
        .exists()
    )


def _entries(organisation_id: ColumnElement[int]) -> Rows:
    entry = aliased(Organisation)
    return select(entry.id).where(
        or_(entry.id == organisation_id, entry.duplicate_of_id == organisation_id)
    )


def sexes_differ(one: Any, other: Any) -> ColumnElement[bool]:
    """Answer the condition that the sex of both is stated and not the same."""
    return and_(one != other, one != Sex.NOT_STATED, other != Sex.NOT_STATED)
