"""What the marks of the ledger add up to: the tables that every attendance figure is counted from.

All of them are parts of one statement: a figure is one query, however many marks there are.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    and_,
    any_,
    func,
    literal,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import ARRAY, distinct_on
from sqlalchemy.orm import aliased

from coopevents.attendance.models import Action, AttendanceEntry, WalkIn, WalkInMatch
from coopevents.directory import identity
from coopevents.directory.models import Person, Sex
from coopevents.events.models import Event, EventKind, EventSession, EventState, SessionState
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.registrations.models import Registration, Representation

Rows = Select[*tuple[Any, ...]]
"""A statement that answers rows of several columns."""


@dataclass(frozen=True)
class Counted:
    """The tables over some events, to be used together in one statement.

    `events` has event_id. `marks` has a row for each session somebody was present in: event_id,
    session_id, walk_in_id, identity, sex. `presence` has a row for each person present in an
    event: event_id, identity, sex, sessions. `representing` has a row for each organisation such
    a person stood for: event_id, identity, organisation_id.

    An identity is a person's id, or minus the id of a walk-in nobody has recognised yet.
    """

    events: CTE
    marks: CTE
    presence: CTE
    representing: CTE


def held_events(programme_id: int, from_on: date, to_on: date) -> CTE:
    """Answer the programme's held events of those days: event_id, first_on, last_on, sessions.

    An event is held when it is closed and a session of it was held; it belongs to the days of its
    last held session, with all its figures. Source: domain model, section 4.
    """
    last_on = func.max(EventSession.held_on)
    # Asked this way, and not of the greatest day, the database can tell beforehand that most
    # activities qualify: it guesses one, otherwise, and walks the whole ledger for each mark.
    return (
        select(
            Event.id.label("event_id"),
            func.min(EventSession.held_on).label("first_on"),
            last_on.label("last_on"),
            func.count().label("sessions"),
        )
        .join(EventSession, EventSession.event_id == Event.id)
        .where(
            Event.programme_id == programme_id,
            Event.state == EventState.CLOSED,
            EventSession.state == SessionState.HELD,
            _has_session_held(lambda day: day.between(from_on, to_on)),
            ~_has_session_held(lambda day: day > to_on),
        )
        .group_by(Event.id)
        .cte("held_events")
    )


def under_way(programme_id: int, to_on: date) -> Select[int, date, date]:
    """Answer the events begun by the day that go on after it: id, first_on, last_on.

    They count in the period of their last session, and are no more than named in this one.
    Source: case 12. A session that was cancelled or moved away is none of theirs.
    """
    standing = EventSession.state.in_([SessionState.PLANNED, SessionState.HELD])
    return (
        select(
            Event.id,
            func.min(EventSession.held_on).label("first_on"),
            func.max(EventSession.held_on).label("last_on"),
        )
        .join(EventSession, and_(EventSession.event_id == Event.id, standing))
        .where(
            Event.programme_id == programme_id,
            Event.state.in_([EventState.PUBLISHED, EventState.CLOSED]),
            _has_session_held(lambda day: day <= to_on),
        )
        .group_by(Event.id)
        .having(func.max(EventSession.held_on) > to_on)
        .order_by(func.max(EventSession.held_on), Event.id)
    )


def _has_session_held(when: Callable[[Any], ColumnElement[bool]]) -> ColumnElement[bool]:
    own = aliased(EventSession)
    return (
        select(own.id)
        .where(own.event_id == Event.id, own.state == SessionState.HELD, when(own.held_on))
        .exists()
    )


def only_event(event_id: int) -> CTE:
    """Answer the table of this one event, whatever its state."""
    return select(literal(event_id).label("event_id")).cte("only_event")


def count_over(events: CTE, organisation_ids: Collection[int] | None = None) -> Counted:
    """Answer the tables of attendance over the events. Marks in sessions not held do not count.

    Communication work takes no roll: marks in it, should there be any, do not count either. With
    `organisation_ids` only those stand in `representing`, and only the marks of people who may
    have stood for them are looked at: one page of a long list costs one page.
    """
    kept = kept_people()
    entries = None if organisation_ids is None else identity.with_merged(organisation_ids)
    only = () if entries is None else (_about(events, kept, entries),)
    marks = _present_marks(events, kept, only)
    presence = (
        select(
            marks.c.event_id,
            marks.c.identity,
            marks.c.sex,
            func.count(marks.c.session_id.distinct()).label("sessions"),
        )
        .group_by(marks.c.event_id, marks.c.identity, marks.c.sex)
        .cte("presence")
    )
    stood = _representing(marks, presence, kept, entries)
    return Counted(events, marks, presence, stood)


def kept_people() -> CTE:
    """Answer whom a merged person counts as: merged_id, kept_id. Undone merges do not stand."""
    merged = identity.merged_people()
    return select(merged.c.id.label("merged_id"), merged.c.kept_id).cte("kept_people")


def standing_marks(*conditions: ColumnElement[bool]) -> Rows:
    """Answer the mark that holds for each session and subject, among entries that meet these.

    It is the last by `received_at` that is no void and is not voided. `conditions` may look at
    the session, the event and the subject, never at the action: that would hide a later mark.
    """
    voiding = aliased(AttendanceEntry)
    subject = (
        AttendanceEntry.session_id,
        AttendanceEntry.registration_id,
        AttendanceEntry.walk_in_id,
    )
    return (
        select(
            AttendanceEntry.id,
            AttendanceEntry.event_id,
            *subject,
            AttendanceEntry.action,
            (AttendanceEntry.action == Action.PRESENT).label("is_present"),
        )
        .where(
            AttendanceEntry.action != Action.VOID,
            ~select(voiding.id).where(voiding.voids_id == AttendanceEntry.id).exists(),
            *conditions,
        )
        .ext(distinct_on(*subject))
        .order_by(*subject, AttendanceEntry.received_at.desc(), AttendanceEntry.id.desc())
    )


def _about(events: CTE, kept: CTE, organisation_ids: Collection[int]) -> ColumnElement[bool]:
    """Answer the condition that a mark is about somebody who may have stood for one of these.

    Whoever was found to be one with a delegate is looked at too, and a walk-in recognised as her:
    any mark of theirs says that she was there.
    """
    among = select(events.c.event_id)
    delegates = (
        select(func.coalesce(kept.c.kept_id, Representation.person_id).label("person_id"))
        .select_from(Representation)
        .outerjoin(kept, kept.c.merged_id == Representation.person_id)
        .where(
            _among(Representation.organisation_id, organisation_ids),
            Representation.event_id.in_(among),
            Representation.withdrawn_at.is_(None),
        )
        .cte("delegates")
    )
    people = union(
        select(delegates.c.person_id),
        select(kept.c.merged_id).where(kept.c.kept_id.in_(select(delegates.c.person_id))),
    ).cte("delegates_by_any_record")
    walk_ins = union(
        select(WalkIn.id).where(
            _among(WalkIn.organisation_id, organisation_ids), WalkIn.event_id.in_(among)
        ),
        select(WalkInMatch.walk_in_id).where(
            WalkInMatch.undone_at.is_(None),
            WalkInMatch.person_id.in_(select(people.c.person_id)),
        ),
    ).cte("walk_ins_for_them")
    registered = (
        select(AttendanceEntry.id)
        .join(Registration, Registration.id == AttendanceEntry.registration_id)
        .where(
            Registration.person_id.in_(select(people.c.person_id)),
            Registration.event_id.in_(among),
        )
    )
    walked_in = select(AttendanceEntry.id).where(
        AttendanceEntry.walk_in_id.in_(select(walk_ins.c.id))
    )
    return AttendanceEntry.id.in_(union_all(registered, walked_in))


def _present_marks(events: CTE, kept: CTE, only: Iterable[ColumnElement[bool]]) -> CTE:
    counted = _counted_sessions(events)
    in_session = AttendanceEntry.session_id.in_(select(counted.c.session_id))
    mark = standing_marks(in_session, *only).subquery("mark")
    person_id = func.coalesce(Registration.person_id, WalkInMatch.person_id)
    return (
        select(
            mark.c.event_id,
            mark.c.session_id,
            mark.c.walk_in_id,
            func.coalesce(Person.id, -mark.c.walk_in_id).label("identity"),
            func.coalesce(Person.sex, WalkIn.sex).label("sex"),
        )
        .select_from(mark)
        .outerjoin(Registration, Registration.id == mark.c.registration_id)
        .outerjoin(WalkIn, WalkIn.id == mark.c.walk_in_id)
        .outerjoin(
            WalkInMatch,
            and_(WalkInMatch.walk_in_id == mark.c.walk_in_id, WalkInMatch.undone_at.is_(None)),
        )
        .outerjoin(kept, kept.c.merged_id == person_id)
        .outerjoin(Person, Person.id == func.coalesce(kept.c.kept_id, person_id))
        .where(mark.c.is_present)
        .cte("present_marks")
    )


def _counted_sessions(events: CTE) -> CTE:
    return (
        select(EventSession.id.label("session_id"))
        .join(Event, Event.id == EventSession.event_id)
        .join(EventKind, EventKind.id == Event.kind_id)
        .where(
            EventSession.event_id.in_(select(events.c.event_id)),
            EventSession.state == SessionState.HELD,
            EventKind.counts_attendance,
        )
        .cte("counted_sessions")
    )


def _representing(
    marks: CTE, presence: CTE, kept: CTE, organisation_ids: Collection[int] | None
) -> CTE:
    own = identity.merged_organisations()
    standing = (
        select(
            Representation.event_id,
            func.coalesce(own.c.kept_id, Representation.organisation_id).label("organisation_id"),
            func.coalesce(kept.c.kept_id, Representation.person_id).label("identity"),
        )
        .outerjoin(kept, kept.c.merged_id == Representation.person_id)
        .outerjoin(own, own.c.id == Representation.organisation_id)
    )
    walked_in = (
        select(
            marks.c.event_id,
            marks.c.identity,
            func.coalesce(own.c.kept_id, WalkIn.organisation_id),
        )
        .join(WalkIn, WalkIn.id == marks.c.walk_in_id)
        .outerjoin(own, own.c.id == WalkIn.organisation_id)
        .where(WalkIn.organisation_id.is_not(None))
    )
    if organisation_ids is not None:
        standing = standing.where(_among(Representation.organisation_id, organisation_ids))
        walked_in = walked_in.where(_among(WalkIn.organisation_id, organisation_ids))
    # Put together first: left to itself, the database may pair everybody present in an event with
    # all who were to come to it, and only then look whether they are one.
    named = (
        standing.where(Representation.withdrawn_at.is_(None))
        .cte("named")
        .prefix_with("MATERIALIZED")
    )
    came = select(presence.c.event_id, presence.c.identity, named.c.organisation_id).join(
        named,
        and_(named.c.event_id == presence.c.event_id, named.c.identity == presence.c.identity),
    )
    return union(came, walked_in).cte("representing")


def invited_organisations(events: CTE, organisation_ids: Collection[int] | None = None) -> CTE:
    """Answer who was invited to the events: event_id, organisation_id. Cancelled ones are none.

    An organisation that was entered twice, and so invited twice, was invited once.
    """
    own = identity.merged_organisations()
    invited = (
        select(
            Invitation.event_id,
            func.coalesce(own.c.kept_id, Invitation.organisation_id).label("organisation_id"),
        )
        .join(events, events.c.event_id == Invitation.event_id)
        .outerjoin(own, own.c.id == Invitation.organisation_id)
        .where(
            Invitation.organisation_id.is_not(None),
            Invitation.state != InvitationState.CANCELLED,
        )
    )
    if organisation_ids is not None:
        entries = identity.with_merged(organisation_ids)
        invited = invited.where(_among(Invitation.organisation_id, entries))
    return invited.distinct().cte("invited_organisations")


def _among(column: Any, ids: Collection[int]) -> ColumnElement[bool]:
    # One array, whatever its length: a statement takes no more than 65,535 single values.
    is_one: ColumnElement[bool] = column == any_(literal(list(ids), ARRAY(BigInteger)))
    return is_one


def women(identity: ColumnElement[Any], sex: ColumnElement[Any]) -> ColumnElement[int]:
    """Answer how many different women are in a group of present people."""
    return func.count(identity.distinct()).filter(sex == Sex.FEMALE)
