"""Reads of the calls that are to be made because a mail came back."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, func, or_, select, union, union_all
from sqlalchemy.orm import aliased, joinedload

from coopevents import clock
from coopevents.bounces.models import AddressCall
from coopevents.db import db, valid_on
from coopevents.directory.models import Channel, ContactPoint, Organisation, Person, Post
from coopevents.directory.queries import name_on
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _
from coopevents.invitations.models import Invitation
from coopevents.programme.models import Programme
from coopevents.registrations.models import Registration

Entry = Organisation | Person


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
    people = select(union(invited, named).subquery().c[0])
    return lines_of(_open_about(event.programme_id, organisations, people))


def list_open_of(organisation_id: int, programme_id: int) -> list[CallLine]:
    """Answer the open calls about the organisation and whoever holds a post in it."""
    asked = select(Organisation.id).where(Organisation.id == organisation_id)
    holders = select(Post.person_id).where(
        _counts_among(Post.organisation_id, Organisation, asked), valid_on(Post, clock.today())
    )
    return lines_of(_open_about(programme_id, asked, holders))


def _open_about(
    programme_id: int, organisations: Select[int], people: Select[int]
) -> Select[AddressCall]:
    return _open(programme_id).where(
        or_(
            _counts_among(ContactPoint.organisation_id, Organisation, organisations),
            _counts_among(ContactPoint.person_id, Person, people),
        )
    )


def _counts_among(
    column: Any, entry: type[Entry], asked: Select[int] | Collection[int]
) -> ColumnElement[bool]:
    """Answer the condition that the column names an entry that counts as one of those asked."""
    first, other = aliased(entry), aliased(entry)
    kept = select(func.coalesce(first.duplicate_of_id, first.id)).where(first.id.in_(asked))
    merged = select(other.id).where(
        other.duplicate_of_id.is_not(None), other.duplicate_of_id.in_(kept)
    )
    # One list, so that an index on the column answers.
    among: ColumnElement[bool] = column.in_(select(union_all(kept, merged).subquery().c[0]))
    return among


def line_of(call: AddressCall) -> CallLine:
    """Answer the call, made or not, with the name and the numbers."""
    (line,) = lines_of(select(AddressCall).where(AddressCall.id == call.id))
    return line


def count_open(programme: Programme) -> int:
    """Answer how many calls are still to be made."""
    found = _open(programme.id).order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(found)) or 0


def lines_of(found: Select[Any]) -> list[CallLine]:
    """Answer the calls with names and numbers. Six queries, however many there are.

    Whoever was entered twice is told as the entry that was kept, with the numbers of all.
    """
    calls = db.session.scalars(found.options(joinedload(AddressCall.contact_point))).all()
    points = [call.contact_point for call in calls]
    organisations = _entries(Organisation, [p.organisation_id for p in points if p.organisation_id])
    people = _entries(Person, [p.person_id for p in points if p.person_id])
    names = name_on(set(organisations.values()), clock.today())
    kept = select(Person.id, Person.full_name).where(Person.id.in_(set(people.values())))
    persons = dict(db.session.execute(kept).all())
    phones = _phones(organisations, people)
    whom = [(organisations.get(p.organisation_id), people.get(p.person_id)) for p in points]
    return [
        CallLine(
            call,
            names.get(organisation_id or 0) or persons.get(person_id or 0) or "",
            organisation_id,
            person_id,
            phones.get((organisation_id, person_id), []),
        )
        for call, (organisation_id, person_id) in zip(calls, whom, strict=True)
    ]


def _entries(entry: type[Entry], ids: Collection[int]) -> dict[int | None, int]:
    """Answer what each entry counts as, of all that count as the same as one of these."""
    rows = db.session.execute(
        select(entry.id, func.coalesce(entry.duplicate_of_id, entry.id)).where(
            _counts_among(entry.id, entry, ids)
        )
    )
    return dict(iter(rows))


def _open(programme_id: int) -> Select[Any]:
    return (
        select(AddressCall)
        .join(ContactPoint, ContactPoint.id == AddressCall.contact_point_id)
        .where(AddressCall.programme_id == programme_id, AddressCall.done_at.is_(None))
        .order_by(AddressCall.opened_at, AddressCall.id)
    )


def _phones(
    organisations: Mapping[int | None, int], people: Mapping[int | None, int]
) -> dict[tuple[int | None, int | None], list[str]]:
    rows = db.session.scalars(
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
    found: dict[tuple[int | None, int | None], list[str]] = defaultdict(list)
    by_whom = [((organisations.get(p.organisation_id), people.get(p.person_id)), p) for p in rows]
    # What a merged entry knew comes after what the kept one knows.
    for whom, point in sorted(by_whom, key=lambda one: one[0] != _owner(one[1])):
        if point.value not in found[whom]:
            found[whom].append(point.value)
    return found


def _owner(point: ContactPoint) -> tuple[int | None, int | None]:
    return point.organisation_id, point.person_id
