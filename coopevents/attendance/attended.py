"""What organisations and people came to: the other way round than the roll."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import CTE, func, or_, select, union

from coopevents.attendance import counting
from coopevents.attendance.counting import Rows
from coopevents.attendance.models import WalkIn, WalkInMatch
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.models import Person
from coopevents.events.models import Event, EventSession
from coopevents.registrations.models import Registration, Representation


@dataclass(frozen=True)
class CameTo:
    """An activity somebody was present in, whether or not it is closed yet."""

    event_id: int
    title: str
    last_on: date


def attended_by_organisations(organisation_ids: Collection[int]) -> dict[int, list[CameTo]]:
    """Answer what somebody present stood for each organisation in, the latest first."""
    entries = identity.entries_of(organisation_ids)
    events = union(
        select(Representation.event_id).join(
            entries, entries.c.id == Representation.organisation_id
        ),
        select(WalkIn.event_id).join(entries, entries.c.id == WalkIn.organisation_id),
    ).cte("their_events")
    stood = counting.count_over(events).representing
    return _came(
        select(stood.c.organisation_id, stood.c.event_id).where(
            stood.c.organisation_id.in_(organisation_ids)
        )
    )


def attended_by_people(person_ids: Collection[int]) -> dict[int, list[CameTo]]:
    """Answer what each of the people was present in, the latest first."""
    entries = select(Person.id).where(
        or_(Person.id.in_(person_ids), Person.duplicate_of_id.in_(person_ids))
    )
    present = counting.count_over(_events_of(entries)).presence
    return _came(
        select(present.c.identity, present.c.event_id).where(present.c.identity.in_(person_ids))
    )


def _events_of(people: Rows) -> CTE:
    return union(
        select(Registration.event_id).where(Registration.person_id.in_(people)),
        select(WalkIn.event_id)
        .join(WalkInMatch, WalkInMatch.walk_in_id == WalkIn.id)
        .where(WalkInMatch.person_id.in_(people)),
    ).cte("their_events")


def _came(present: Rows) -> dict[int, list[CameTo]]:
    told = present.subquery()
    who, event_id = told.c[0], told.c.event_id
    last_on = func.max(EventSession.held_on)
    rows = db.session.execute(
        select(who, Event.id, Event.title, last_on)
        .join(Event, Event.id == event_id)
        .join(EventSession, EventSession.event_id == Event.id)
        .group_by(who, Event.id)
        .order_by(last_on.desc(), Event.id.desc())
    )
    found: dict[int, list[CameTo]] = {}
    for id_, *event in rows:
        found.setdefault(id_, []).append(CameTo(*event))
    return found
