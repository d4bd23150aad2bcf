"""Which activities a person came to: for her own page, counted like every other figure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select, union

from coopevents.attendance import counting
from coopevents.attendance.models import WalkIn, WalkInMatch
from coopevents.db import db
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.registrations.models import Registration


@dataclass(frozen=True)
class Visit:
    """An activity somebody was present in: how many of its held sessions, and for whom."""

    event_id: int
    title: str
    last_on: date
    sessions: int
    held: int
    organisation_ids: list[int]


def visits_of(programme_id: int, person_id: int, entries: Collection[int]) -> list[Visit]:
    """Answer the activities of the programme the person came to, the latest first.

    `entries` are the ids under which she stands in the register: her own and those merged into
    it. A walk-in recognised as her counts as her.
    """
    asked = union(
        select(Registration.event_id).where(Registration.person_id.in_(entries)),
        select(WalkIn.event_id)
        .join(WalkInMatch, WalkInMatch.walk_in_id == WalkIn.id)
        .where(WalkInMatch.person_id.in_(entries), WalkInMatch.undone_at.is_(None)),
    ).subquery()
    events = (
        select(Event.id.label("event_id"))
        .where(Event.programme_id == programme_id, Event.id.in_(select(asked.c.event_id)))
        .cte("visited_events")
    )
    counted = counting.count_over(events)
    held = (
        select(
            EventSession.event_id,
            func.max(EventSession.held_on).label("last_on"),
            func.count().label("held"),
        )
        .where(EventSession.state == SessionState.HELD)
        .group_by(EventSession.event_id)
        .subquery("held")
    )
    stood = (
        select(func.array_agg(counted.representing.c.organisation_id.distinct()))
        .where(
            counted.representing.c.event_id == counted.presence.c.event_id,
            counted.representing.c.identity == counted.presence.c.identity,
        )
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(
            Event.id, Event.title, held.c.last_on, counted.presence.c.sessions, held.c.held, stood
        )
        .select_from(counted.presence)
        .join(Event, Event.id == counted.presence.c.event_id)
        .join(held, held.c.event_id == Event.id)
        .where(counted.presence.c.identity == person_id)
        .order_by(held.c.last_on.desc(), Event.id.desc())
    )
    return [
        Visit(event_id, title, last_on, sessions, number, list(organisation_ids or []))
        for event_id, title, last_on, sessions, number, organisation_ids in rows
    ]
