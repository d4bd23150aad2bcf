from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import CTE, Select, and_, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from coopevents import clock
from coopevents.attendance import counting
from coopevents.attendance.counting import Rows
from coopevents.attendance.grid import LISTED_KINDS
from coopevents.attendance.models import Action, AttendanceEntry, EntrySource, WalkIn
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, Person, Sex
from coopevents.errors import NotFoundError
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.i18n import _
from coopevents.programme.models import Programme
from coopevents.registrations.models import Registration, RegistrationState

Subject = tuple[str, int]
"""Whom a mark is about: ("registration", id) or ("walk_in", id)."""


@dataclass(frozen=True)
class Turnout:
    """How many came to an activity, and for how many organisations."""

    invited: int
    """Organisations that were invited."""
    people: int
    women: int
    men: int
    not_stated: int
    organisations: int
    """Organisations somebody present stood for."""


@dataclass(frozen=True)
class Unreconciled:
    """A named person of whom nobody has said whether she was in a held session."""

    session_id: int
    held_on: date
    starts_at: time
    subject: Subject
    full_name: str


@dataclass(frozen=True)
class LedgerEntry:
    """An entry of the ledger as it is read: who was marked what, when, by whom."""

    id: int
    subject: Subject
    full_name: str
    session_id: int
    held_on: date
    starts_at: time
    action: Action
    source: EntrySource
    reason: str | None
    received_at: datetime
    device_at: datetime
    by_label: str
    voids_id: int | None
    is_voided: bool


def states_of_session(session: EventSession) -> dict[Subject, Action]:
    """Answer the mark that holds for everybody in the session; who has none is not there."""
    marks = db.session.execute(counting.standing_marks(AttendanceEntry.session_id == session.id))
    return {_subject(mark.registration_id, mark.walk_in_id): mark.action for mark in marks}


def states_by_session(event: Event) -> dict[int, dict[Subject, Action]]:
    """Answer the same for each session of the activity that has a mark, by its id."""
    found: dict[int, dict[Subject, Action]] = defaultdict(dict)
    for mark in db.session.execute(counting.standing_marks(AttendanceEntry.event_id == event.id)):
        found[mark.session_id][_subject(mark.registration_id, mark.walk_in_id)] = mark.action
    return found


def turnout(event: Event) -> Turnout:
    """Answer how many came to the activity so far, in its sessions marked as held."""
    return turnouts(counting.only_event(event.id))[event.id]


def turnouts(events: CTE) -> dict[int, Turnout]:
    """Answer the turnout of each of the events, by its id."""
    return {row.event_id: Turnout(*row[1:]) for row in db.session.execute(_turnouts(events))}


def _turnouts(events: CTE) -> Rows:
    counted = counting.count_over(events)
    sex = counted.presence.c.sex
    came = (
        select(
            counted.presence.c.event_id,
            func.count().label("people"),
            *(func.count().filter(sex == value).label(value.value) for value in Sex),
        )
        .group_by(counted.presence.c.event_id)
        .subquery("came")
    )
    stood = _organisations_a_event(counted.representing)
    asked = _organisations_a_event(counting.invited_organisations(events))
    return (
        select(
            events.c.event_id,
            func.coalesce(asked.c.organisations, 0),
            func.coalesce(came.c.people, 0),
            func.coalesce(came.c.female, 0),
            func.coalesce(came.c.male, 0),
            func.coalesce(came.c.not_stated, 0),
            func.coalesce(stood.c.organisations, 0),
        )
        .outerjoin(came, came.c.event_id == events.c.event_id)
        .outerjoin(stood, stood.c.event_id == events.c.event_id)
        .outerjoin(asked, asked.c.event_id == events.c.event_id)
    )


def _organisations_a_event(table: CTE) -> Any:
    return (
        select(
            table.c.event_id, func.count(table.c.organisation_id.distinct()).label("organisations")
        )
        .group_by(table.c.event_id)
        .subquery(f"count_of_{table.name}")
    )


def reached(programme: Programme, since: date) -> Select[int]:
    """Answer the ids of the organisations somebody came for since the day, the day included.

    What counts is the day of an activity's last held session, as in every figure.
    """
    held = counting.held_events(programme.id, since, date.max)
    stood = counting.count_over(held).representing
    return select(stood.c.organisation_id).distinct()


def never_reached(programme: Programme, since: date) -> list[int]:
    """Answer the ids of the organisations operating today that nobody came for since the day.

    Those invited in vain are among them: an invitation reaches nobody.
    """
    operating = directory.operating(programme.register, clock.today(), LISTED_KINDS)
    return list(
        db.session.scalars(
            operating.where(Organisation.id.not_in(reached(programme, since))).order_by(
                Organisation.id
            )
        )
    )


def unreconciled(event: Event) -> list[Unreconciled]:
    """Answer which named people still lack a state in a held session, before it can be closed.

    Named are whoever holds a confirmed place and every walk-in. Source: domain model,
    invariant 12. An activity that takes no roll lacks nothing.
    """
    if not event.kind.counts_attendance:
        return []
    marks = counting.standing_marks(AttendanceEntry.event_id == event.id).subquery("mark")
    held = and_(EventSession.event_id == event.id, EventSession.state == SessionState.HELD)
    named = _named(event).subquery("named")
    rows = db.session.execute(
        select(
            EventSession.id,
            EventSession.held_on,
            EventSession.starts_at,
            named.c.registration_id,
            named.c.walk_in_id,
            named.c.full_name,
        )
        .select_from(EventSession)
        .join(named, held)
        .outerjoin(
            marks,
            and_(
                marks.c.session_id == EventSession.id,
                or_(
                    marks.c.registration_id == named.c.registration_id,
                    marks.c.walk_in_id == named.c.walk_in_id,
                ),
            ),
        )
        .where(marks.c.id.is_(None))
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id, named.c.name_sort)
    )
    return [
        Unreconciled(session_id, held_on, starts_at, _subject(registration_id, walk_in_id), name)
        for session_id, held_on, starts_at, registration_id, walk_in_id, name in rows
    ]


def _named(event: Event) -> Any:
    none = literal(None, Registration.id.type)
    return union_all(
        select(
            Registration.id.label("registration_id"),
            none.label("walk_in_id"),
            Person.full_name,
            Person.name_sort,
        )
        .join(Person, Person.id == Registration.person_id)
        .where(
            Registration.event_id == event.id,
            Registration.state == RegistrationState.CONFIRMED,
        ),
        select(none, WalkIn.id, WalkIn.full_name, WalkIn.name_sort).where(
            WalkIn.event_id == event.id
        ),
    )


def names_of(event: Event) -> dict[Subject, str]:
    """Answer what everybody who can be marked is called: whoever has a place, and walk-ins."""
    return {
        _subject(row.registration_id, row.walk_in_id): row.full_name
        for row in db.session.execute(_named(event))
    }


def get_entry(entry_id: int, event: Event) -> AttendanceEntry:
    """Answer the entry, if it is one of the activity's. Raises NotFoundError otherwise."""
    entry = db.session.get(AttendanceEntry, entry_id)
    if entry is None or entry.event_id != event.id:
        raise NotFoundError(_("There is no such mark."))
    return entry


def ledger(
    event: Event,
    session: EventSession | None = None,
    *,
    before: int | None = None,
    limit: int | None = None,
) -> list[LedgerEntry]:
    """Answer every entry of the activity's ledger, or of one session's, the newest first.

    With `limit`, at most so many; with `before`, those older than the entry of that id.
    """
    voiding = aliased(AttendanceEntry)
    entries = (
        select(
            AttendanceEntry,
            EventSession.held_on,
            EventSession.starts_at,
            func.coalesce(Person.full_name, WalkIn.full_name),
            voiding.id.is_not(None),
        )
        .join(EventSession, EventSession.id == AttendanceEntry.session_id)
        .outerjoin(Registration, Registration.id == AttendanceEntry.registration_id)
        .outerjoin(Person, Person.id == Registration.person_id)
        .outerjoin(WalkIn, WalkIn.id == AttendanceEntry.walk_in_id)
        .outerjoin(voiding, voiding.voids_id == AttendanceEntry.id)
        .where(AttendanceEntry.event_id == event.id)
        .order_by(AttendanceEntry.id.desc())
        .limit(limit)
    )
    if session is not None:
        entries = entries.where(AttendanceEntry.session_id == session.id)
    if before is not None:
        entries = entries.where(AttendanceEntry.id < before)
    return [_ledger_entry(*row) for row in db.session.execute(entries)]


def _ledger_entry(
    entry: AttendanceEntry, held_on: date, starts_at: time, full_name: str, is_voided: bool
) -> LedgerEntry:
    return LedgerEntry(
        id=entry.id,
        subject=_subject(entry.registration_id, entry.walk_in_id),
        full_name=full_name,
        session_id=entry.session_id,
        held_on=held_on,
        starts_at=starts_at,
        action=entry.action,
        source=entry.source,
        reason=entry.reason,
        received_at=entry.received_at,
        device_at=entry.device_at,
        by_label=entry.by_label,
        voids_id=entry.voids_id,
        is_voided=is_voided,
    )


def _subject(registration_id: int | None, walk_in_id: int | None) -> Subject:
    if registration_id is not None:
        return ("registration", registration_id)
    return ("walk_in", walk_in_id or 0)
