"""Planning and running activities: plan, publish, mark sessions, close."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, time

from sqlalchemy import delete, select

from coopevents import access, clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events import queries
from coopevents.events.models import (
    Event,
    EventContent,
    EventHost,
    EventSession,
    EventState,
    HostRole,
    SessionState,
)
from coopevents.i18n import _


@dataclass(frozen=True)
class SessionPlan:
    """A buổi as it is planned: local day and hours."""

    held_on: date
    starts_at: time
    ends_at: time
    topic: str = ""
    place: str | None = None


@dataclass(frozen=True)
class EventPlan:
    """Everything an officer decides when planning an activity."""

    kind_id: int
    title: str
    place: str
    lead_body_id: int
    contact_name: str
    contact_phone: str
    contact_email: str
    sessions: Sequence[SessionPlan]
    description: str = ""
    co_host_ids: Sequence[int] = ()
    content_ids: Sequence[int] = ()
    administrative_unit_id: int | None = None
    capacity: int | None = None
    answer_by: date | None = None
    promotional: bool = False
    is_sample: bool = False
    third_host_ids: Sequence[int] = field(default=())


def plan(programme_id: int, planned: EventPlan) -> Event:
    """Write a draft with its hosts, contents and sessions. Raises InputError for what cannot be."""
    _check(planned)
    event = Event(programme_id=programme_id, created_by_id=_user_id(), **_columns(planned))
    db.session.add(event)
    db.session.flush()
    _write_parts(event, planned)
    audit.record(
        "event.planned",
        "event",
        event.id,
        programme_id=programme_id,
        changes={"title": (None, event.title)},
    )
    return event


def change(event: Event, planned: EventPlan) -> None:
    """Rewrite a draft as it is now planned. A published activity is changed by its own acts."""
    if event.state is not EventState.DRAFT:
        raise DomainError(_("Only a draft can be rewritten."))
    _check(planned)
    before = event.title
    for name, value in _columns(planned).items():
        setattr(event, name, value)
    for part in (EventHost, EventContent, EventSession):
        db.session.execute(delete(part).where(part.event_id == event.id))
    _write_parts(event, planned)
    audit.record(
        "event.changed",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={"title": (before, event.title)},
    )


def publish(event: Event) -> None:
    """Let the activity be invited to. Publishing twice changes nothing."""
    if event.state is EventState.PUBLISHED:
        return
    if event.state is not EventState.DRAFT:
        raise DomainError(_("Only a draft can be published."))
    if not queries.list_sessions(event):
        raise DomainError(_("An activity needs a session before it is published."))
    event.state = EventState.PUBLISHED
    event.published_at = clock.now()
    db.session.flush()
    audit.record("event.published", "event", event.id, programme_id=event.programme_id)


def mark_session(event: Event, session: EventSession, state: SessionState) -> None:
    """Say that a session was held or cancelled. Only one that has begun can have been held."""
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("Sessions are marked while the activity is published."))
    if state is SessionState.HELD and session.starts_on_clock > clock.now():
        raise DomainError(_("This session has not begun, so it was not held yet."))
    before, session.state = session.state, state
    db.session.flush()
    audit.record(
        "session.marked",
        "event_session",
        session.id,
        programme_id=event.programme_id,
        changes={"state": (before.value, state.value)},
    )


def close(event: Event) -> None:
    """Close the activity for good, so that it counts. Every session must be held or cancelled.

    Source: domain model, invariant 12. That each named person has a state is for attendance to
    say, which closing asks first (lifecycle.close_event).
    """
    if event.state is EventState.CLOSED:
        return
    if event.state is not EventState.PUBLISHED:
        raise DomainError(_("Only a published activity can be closed."))
    sessions = queries.list_sessions(event)
    if any(session.state is SessionState.PLANNED for session in sessions):
        raise DomainError(_("Say of each session first whether it was held or cancelled."))
    if not any(session.state is SessionState.HELD for session in sessions):
        raise DomainError(_("No session was held: cancel the activity instead of closing it."))
    event.state = EventState.CLOSED
    event.closed_at = clock.now()
    db.session.flush()
    audit.record("event.closed", "event", event.id, programme_id=event.programme_id)


def lock(event: Event) -> None:
    """Hold the event's row until the transaction ends, and read it afresh.

    Two people may want the last place at the same moment: whoever holds the row counts alone.
    """
    db.session.scalars(
        select(Event)
        .where(Event.id == event.id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).one()


def _check(planned: EventPlan) -> None:
    problems: dict[str, str] = {}
    if not planned.sessions:
        problems["sessions"] = _("Give at least one session.")
    for number, session in enumerate(planned.sessions, start=1):
        if session.ends_at <= session.starts_at:
            problems[f"sessions-{number}"] = _(
                "Session %(number)s ends before it begins.", number=number
            )
    hosts = [planned.lead_body_id, *planned.co_host_ids, *planned.third_host_ids]
    if len(set(hosts)) < len(hosts):
        problems["co_host_ids"] = _("A body hosts once: as lead or as co-host.")
    if planned.answer_by and planned.sessions:
        first = min(session.held_on for session in planned.sessions)
        if planned.answer_by > first:
            problems["answer_by"] = _("Answers are due before the first session.")
    if problems:
        raise InputError(" ".join(problems.values()), problems)


def _columns(planned: EventPlan) -> dict[str, object]:
    return {
        "kind_id": planned.kind_id,
        "title": planned.title,
        "description": planned.description,
        "place": planned.place,
        "administrative_unit_id": planned.administrative_unit_id,
        "capacity": planned.capacity,
        "answer_by": planned.answer_by,
        "promotional": planned.promotional,
        "contact_name": planned.contact_name,
        "contact_phone": planned.contact_phone,
        "contact_email": planned.contact_email,
        "is_sample": planned.is_sample,
    }


def _write_parts(event: Event, planned: EventPlan) -> None:
    roles = [(planned.lead_body_id, HostRole.LEAD)]
    roles += [(body_id, HostRole.CO_HOST) for body_id in planned.co_host_ids]
    roles += [(body_id, HostRole.THIRD) for body_id in planned.third_host_ids]
    db.session.add_all(
        EventHost(event_id=event.id, body_id=body_id, role=role) for body_id, role in roles
    )
    db.session.add_all(
        EventContent(event_id=event.id, content_id=content_id) for content_id in planned.content_ids
    )
    db.session.add_all(
        EventSession(
            event_id=event.id,
            held_on=session.held_on,
            starts_at=session.starts_at,
            ends_at=session.ends_at,
            topic=session.topic,
            place=session.place,
        )
        for session in planned.sessions
    )
    _decide_whether_it_counts(event, {body_id for body_id, role in roles if role != HostRole.THIRD})
    db.session.flush()


def _decide_whether_it_counts(event: Event, host_ids: set[int]) -> None:
    """Source: I1, and case 15 and 16: joint means that both bodies of the programme host."""
    missing = queries.programme_body_ids(event.programme_id) - host_ids
    event.counts_to_programme = not missing
    event.counts_reason = "both_bodies_host" if not missing else "a_body_does_not_host"


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
