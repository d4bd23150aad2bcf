"""What entries are compared by: names, communes, numbers and codes.

Each stands with the id of the entry it is told of; what is told of an entry that was merged is
told of the one it counts as.
"""

from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, or_, select
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
from coopevents.duplicates.matching import CROWD, Sign
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
    )


def person_names(register: Register) -> Rows:
    """Answer the folded names of people: id, key. Whoever was erased has none."""
    return select(counted(Person).label("id"), Person.name_fold.label("key")).where(
        Person.register_id == register.id, Person.erased_at.is_(None)
    )


def organisation_seats(register: Register) -> Rows:
    """Answer the names with the communes the organisations had their seat in: id, key, unit_id.

    An old commune stands for what it went into, so an entry made before the reform of 2025 meets
    one made after it; where it was split, it may be any part.
    """
    return (
        organisation_names(register)
        .add_columns(_unit_today().label("unit_id"))
        .join(OrganisationAddress, OrganisationAddress.organisation_id == Organisation.id)
        .outerjoin(*_WENT_INTO)
    )


def person_seats(register: Register) -> Rows:
    """Answer the names with the communes in which the people held posts: id, key, unit_id."""
    return (
        person_names(register)
        .add_columns(_unit_today().label("unit_id"))
        .join(Post, Post.person_id == Person.id)
        .join(OrganisationAddress, OrganisationAddress.organisation_id == Post.organisation_id)
        .outerjoin(*_WENT_INTO)
    )


_WENT_INTO = (
    AdministrativeSuccession,
    AdministrativeSuccession.old_id == OrganisationAddress.administrative_unit_id,
)


def _unit_today() -> ColumnElement[int]:
    return func.coalesce(
        AdministrativeSuccession.new_id, OrganisationAddress.administrative_unit_id
    )


def is_seated(person_id: ColumnElement[int]) -> Any:
    """Answer the condition that it is known in which commune the person holds or held a post."""
    return (
        select(Post.id)
        .join(OrganisationAddress, OrganisationAddress.organisation_id == Post.organisation_id)
        .where(Post.person_id.in_(_entries(Person, person_id)))
        .correlate_except(Post, OrganisationAddress)
        .exists()
    )


def organisation_reach(register: Register, sign: Sign) -> Rows:
    """Answer the names with the tails of numbers, or the addresses: id, key, tail."""
    return (
        organisation_names(register)
        .add_columns(ContactPoint.tail)
        .join(ContactPoint, ContactPoint.organisation_id == Organisation.id)
        .where(ContactPoint.channel.in_(REACHES[sign]))
    )


def person_reach(register: Register, sign: Sign) -> Rows:
    """Answer the names with the tails of numbers, or the addresses: id, key, tail."""
    return (
        person_names(register)
        .add_columns(ContactPoint.tail)
        .join(ContactPoint, ContactPoint.person_id == Person.id)
        .where(ContactPoint.channel.in_(REACHES[sign]))
    )


def shared_tails(sign: Sign) -> ColumnElement[bool]:
    """Answer the condition that others have the number or the address too, but no crowd."""
    return ContactPoint.tail.in_(
        select(ContactPoint.tail)
        .where(ContactPoint.channel.in_(REACHES[sign]))
        .group_by(ContactPoint.tail)
        .having(func.count().between(2, CROWD))
    )


def organisation_codes(register: Register) -> Rows:
    """Answer the codes organisations have borne: id, scheme, code."""
    return (
        select(counted(Organisation).label("id"), OrganisationCode.scheme, OrganisationCode.code)
        .join(Organisation, Organisation.id == OrganisationCode.organisation_id)
        .where(Organisation.register_id == register.id)
    )


def codes_differ(first_id: ColumnElement[int], second_id: ColumnElement[int]) -> Any:
    """Answer the condition that authorities know the two by different codes of one scheme."""
    one, other = aliased(OrganisationCode), aliased(OrganisationCode)
    return (
        select(one.id)
        .join(other, and_(other.scheme == one.scheme, other.code != one.code))
        .where(
            one.organisation_id.in_(_entries(Organisation, first_id)),
            other.organisation_id.in_(_entries(Organisation, second_id)),
            one.valid_to.is_(None),
            other.valid_to.is_(None),
        )
        .correlate_except(one, other)
        .exists()
    )


def is_kin(first_id: ColumnElement[int], second_id: ColumnElement[int]) -> Any:
    """Answer the condition that one of the two came out of the other, at once or by steps."""
    line = _descent()
    return (
        select(line.c.old_id)
        .where(
            or_(
                and_(
                    line.c.old_id.in_(_entries(Organisation, first_id)),
                    line.c.new_id.in_(_entries(Organisation, second_id)),
                ),
                and_(
                    line.c.old_id.in_(_entries(Organisation, second_id)),
                    line.c.new_id.in_(_entries(Organisation, first_id)),
                ),
            )
        )
        .correlate_except(line)
        .exists()
    )


def _descent() -> CTE:
    step = aliased(OrganisationLineage)
    line = (
        select(OrganisationLineage.old_id, OrganisationLineage.new_id)
        .where(OrganisationLineage.new_id.is_not(None))
        .cte("line_of_descent", recursive=True)
    )
    return line.union(
        select(line.c.old_id, step.new_id)
        .join(step, step.old_id == line.c.new_id)
        .where(step.new_id.is_not(None))
    )


def _entries(table: type[Organisation] | type[Person], entry_id: ColumnElement[int]) -> Rows:
    entry = aliased(table)
    return (
        select(entry.id)
        .where(or_(entry.id == entry_id, entry.duplicate_of_id == entry_id))
        .correlate_except(entry)
    )


def sexes_differ(one: Any, other: Any) -> ColumnElement[bool]:
    """Answer the condition that the sex of both is stated and not the same."""
    return and_(one != other, one != Sex.NOT_STATED, other != Sex.NOT_STATED)
