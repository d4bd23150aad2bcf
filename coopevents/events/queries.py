from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coopevents.accounts.models import HostBody
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import (
    Event,
    EventContent,
    EventHost,
    EventKind,
    EventSession,
    EventState,
    SessionState,
)
from coopevents.i18n import _
from coopevents.programme.models import Content, ProgrammeBody


def get_event(event_id: int, programme_id: int | None) -> Event:
    """Answer the event, if it belongs to the programme. Raises NotFoundError otherwise."""
    event = db.session.get(
        Event, event_id, options=[joinedload(Event.kind), joinedload(Event.unit)]
    )
    if event is None or event.programme_id != programme_id:
        raise NotFoundError(_("There is no such activity."))
    return event


def get_session(session_id: int, event: Event) -> EventSession:
    """Answer the session, if it is one of the event's. Raises NotFoundError otherwise."""
    session = db.session.get(EventSession, session_id)
    if session is None or session.event_id != event.id:
        raise NotFoundError(_("There is no such session."))
    return session


def list_events(
    programme_id: int | None, *, state: EventState | None = None, limit: int = 200
) -> list[Event]:
    """Answer the programme's events, the one with the latest session first."""
    last_day = (
        select(func.max(EventSession.held_on))
        .where(EventSession.event_id == Event.id)
        .scalar_subquery()
    )
    found = (
        select(Event)
        .where(Event.programme_id == programme_id)
        .options(joinedload(Event.kind))
        .order_by(last_day.desc().nulls_first(), Event.id.desc())
        .limit(limit)
    )
    if state is not None:
        found = found.where(Event.state == state)
    return list(db.session.scalars(found))


def list_events_by_id(
    programme_id: int | None, *, state: EventState | None, before: int | None, limit: int
) -> list[Event]:
    """Answer a page of the programme's events, the newest first, from below the cursor."""
    found = (
        select(Event)
        .where(Event.programme_id == programme_id)
        .options(joinedload(Event.kind))
        .order_by(Event.id.desc())
        .limit(limit)
    )
    if state is not None:
        found = found.where(Event.state == state)
    if before is not None:
        found = found.where(Event.id < before)
    return list(db.session.scalars(found))


def list_sessions(event: Event) -> list[EventSession]:
    """Answer the event's sessions in the order they are held."""
    return sessions_of([event.id])[event.id]


def sessions_of(event_ids: Iterable[int]) -> dict[int, list[EventSession]]:
    """Answer the sessions of each event, in the order they are held."""
    found: dict[int, list[EventSession]] = defaultdict(list)
    rows = db.session.scalars(
        select(EventSession)
        .where(EventSession.event_id.in_(list(event_ids)))
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id)
    )
    for session in rows:
        found[session.event_id].append(session)
    return found


def list_hosts(event: Event) -> list[EventHost]:
    """Answer who hosts the event, the lead first."""
    hosts = db.session.scalars(
        select(EventHost)
        .where(EventHost.event_id == event.id)
        .options(joinedload(EventHost.body))
        .order_by(EventHost.id)
    )
    return sorted(hosts, key=lambda host: host.role != "lead")


def list_contents(event: Event) -> list[Content]:
    """Answer the contents of the programme that the event serves."""
    return list(
        db.session.scalars(
            select(Content)
            .join(EventContent, EventContent.content_id == Content.id)
            .where(EventContent.event_id == event.id)
            .order_by(Content.number)
        )
    )


def list_kinds() -> list[EventKind]:
    """Answer the kinds of activity that can be planned, in the order offices know them."""
    return [kind for kind in list_all_kinds() if kind.retired_at is None]


def list_all_kinds() -> list[EventKind]:
    """Answer every kind of activity there ever was, in the order offices know them."""
    return list(db.session.scalars(select(EventKind).order_by(EventKind.rank)))


def programme_contents(programme_id: int | None) -> list[Content]:
    """Answer the contents of the programme."""
    return list(
        db.session.scalars(
            select(Content).where(Content.programme_id == programme_id).order_by(Content.number)
        )
    )


def programme_body_ids(programme_id: int) -> set[int]:
    """Answer the ids of the bodies that signed the programme."""
    return set(
        db.session.scalars(
            select(ProgrammeBody.body_id).where(ProgrammeBody.programme_id == programme_id)
        )
    )


def list_bodies() -> list[HostBody]:
    """Answer every body that may host."""
    return list(db.session.scalars(select(HostBody).order_by(HostBody.id)))


def first_start(sessions: Sequence[EventSession]) -> datetime | None:
    """Answer when the first session that still stands begins."""
    return min((s.starts_on_clock for s in sessions if _stands(s)), default=None)


def last_end(sessions: Sequence[EventSession]) -> datetime | None:
    """Answer when the last session that still stands ends."""
    return max((s.ends_on_clock for s in sessions if _stands(s)), default=None)


def last_held_on(sessions: Sequence[EventSession]) -> date | None:
    """Answer the day that decides to which period the event belongs: its last held session's."""
    return max((s.held_on for s in sessions if s.state is SessionState.HELD), default=None)


def _stands(session: EventSession) -> bool:
    return session.state in {SessionState.PLANNED, SessionState.HELD}
