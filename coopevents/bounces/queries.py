"""Reads of the calls that are to be made because a mail came back."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import aliased, joinedload

from coopevents import clock
from coopevents.bounces.models import AddressCall
from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory.models import Channel, ContactPoint, Organisation, Person, Post
from coopevents.directory.queries import name_on
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.programme.models import Programme
from coopevents.registrations.models import Registration


@dataclass(frozen=True)
class CallLine:
    """A call with whom it is about, and the numbers to call."""

    call: AddressCall
    name: str
    organisation_id: int | None
    person_id: int | None
    phones: list[str]


def get_call(call_id: int, programme_id: int | None) -> AddressCall:
    """Answer the call of the programme. Raises NotFoundError."""
    call = db.session.get(AddressCall, call_id)
    if call is None or call.programme_id != programme_id:
        raise NotFoundError(_("There is no such call."))
    return call


def list_open(programme: Programme) -> list[CallLine]:
    """Answer every call that is still to be made, the oldest first."""
    return lines_of(_open(programme.id))


def list_open_at(event: Event) -> list[CallLine]:
    """Answer the open calls about whoever is invited to the activity or named for it."""
    organisations = (
        select(Organisation.id)
        .join(Invitation, Invitation.organisation_id == Organisation.id)
        .where(Invitation.event_id == event.id)
    )
    invited = select(Invitation.person_id).where(
        Invitation.event_id == event.id, Invitation.person_id.is_not(None)
    )
    named = select(Registration.person_id).where(Registration.event_id == event.id)
    people = union(invited, named).subquery()
    kept = select(func.coalesce(Person.duplicate_of_id, Person.id)).join(
        people, people.c[0] == Person.id
    )
    merged = select(Person.id).where(Person.duplicate_of_id.in_(kept))
    return lines_of(
        _open(event.programme_id).where(
            or_(
                ContactPoint.organisation_id.in_(identity.with_kept(organisations)),
                ContactPoint.person_id.in_(kept),
                ContactPoint.person_id.in_(merged),
            )
        )
    )


def list_open_of(organisation_id: int, programme_id: int) -> list[CallLine]:
    """Answer the open calls about the organisation and whoever holds a post in it."""
    entries = identity.entries_of([organisation_id])
    holders = select(Post.person_id).where(
        Post.organisation_id.in_(select(entries.c.id)), valid_on(Post, clock.today())
    )
    return lines_of(
        _open(programme_id).where(
            or_(
                ContactPoint.organisation_id.in_(select(entries.c.id)),
                ContactPoint.person_id.in_(holders),
            )
        )
    )


def line_of(call: AddressCall) -> CallLine:
    """Answer the call, made or not, with the name and the numbers."""
    (line,) = lines_of(select(AddressCall).where(AddressCall.id == call.id))
    return line


def count_open(programme: Programme) -> int:
    """Answer how many calls are still to be made."""
    found = _open(programme.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def lines_of(found: Select[Any]) -> list[CallLine]:
    """Answer the calls with names and numbers. Four queries, however many there are."""
    calls = db.session.scalars(found.options(joinedload(AddressCall.contact_point))).all()
    points = [call.contact_point for call in calls]
    organisations = {p.organisation_id for p in points if p.organisation_id}
    people = {p.person_id for p in points if p.person_id}
    names = name_on(organisations, clock.today())
    entry = aliased(Person)
    persons = dict(
        db.session.execute(
            select(entry.id, Person.full_name)
            .join(Person, Person.id == func.coalesce(entry.duplicate_of_id, entry.id))
            .where(entry.id.in_(people))
        ).all()
    )
    phones = _phones(organisations, people)
    return [
        CallLine(
            call,
            names.get(point.organisation_id or 0) or persons.get(point.person_id or 0) or "",
            point.organisation_id,
            point.person_id,
            phones.get((point.organisation_id, point.person_id), []),
        )
        for call, point in zip(calls, points, strict=True)
    ]


def _open(programme_id: int) -> Select[Any]:
    return (
        select(AddressCall)
        .join(ContactPoint, ContactPoint.id == AddressCall.contact_point_id)
        .where(AddressCall.programme_id == programme_id, AddressCall.done_at.is_(None))
        .order_by(AddressCall.opened_at, AddressCall.id)
    )


def _phones(
    organisations: Collection[int], people: Collection[int]
) -> dict[tuple[int | None, int | None], list[str]]:
    rows: Sequence[ContactPoint] = db.session.scalars(
        select(ContactPoint)
        .where(
            ContactPoint.channel.in_([Channel.PHONE, Channel.ZALO]),
            ContactPoint.held_at.is_(None),
            ContactPoint.dead_at.is_(None),
            or_(
                ContactPoint.organisation_id.in_(organisations),
                ContactPoint.person_id.in_(people),
            ),
        )
        .order_by(ContactPoint.rank, ContactPoint.id)
    ).all()
    found: dict[tuple[int | None, int | None], list[str]] = {}
    for point in rows:
        numbers = found.setdefault((point.organisation_id, point.person_id), [])
        if point.value not in numbers:
            numbers.append(point.value)
    return found
