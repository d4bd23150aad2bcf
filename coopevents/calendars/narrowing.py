"""Which activities a calendar page shows: one set of conditions for the month and the list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from coopevents import names
from coopevents.events.models import (
    Event,
    EventContent,
    EventHost,
    EventSession,
    EventState,
    HostRole,
    SessionState,
)
from coopevents.territory import succession


@dataclass(frozen=True)
class Narrowing:
    """What was asked for; an empty one asks for everything of the programme.

    `host_ids` must all host, as lead or co-host. A commune holds what lies in it today, wherever
    that was before. `q` is looked for in titles and ignores marks.
    """

    host_ids: Sequence[int] = ()
    kind_id: int | None = None
    state: EventState | None = None
    content_id: int | None = None
    commune_id: int | None = None
    q: str | None = None
    from_on: date | None = None
    to_on: date | None = None

    def conditions(self, programme_id: int | None) -> list[ColumnElement[bool]]:
        """Answer the conditions upon an Event of the programme."""
        found = [Event.programme_id == programme_id]
        found += [_has_host(body_id) for body_id in self.host_ids]
        if self.kind_id is not None:
            found.append(Event.kind_id == self.kind_id)
        if self.state is not None:
            found.append(Event.state == self.state)
        if self.content_id is not None:
            served = select(EventContent.event_id).where(EventContent.content_id == self.content_id)
            found.append(Event.id.in_(served))
        if self.commune_id is not None:
            communes = succession.standing_for([self.commune_id])
            found.append(Event.administrative_unit_id.in_(communes))
        for pattern in names.patterns(self.q or ""):
            found.append(or_(*(Event.title_fold.like(way) for way in pattern)))
        if self.from_on is not None or self.to_on is not None:
            found.append(self._has_a_day())
        return found

    def _has_a_day(self) -> ColumnElement[bool]:
        """Answer the condition that one of its days lies between the two: it may begin before."""
        days = select(EventSession.event_id).where(EventSession.state != SessionState.MOVED)
        if self.from_on is not None:
            days = days.where(EventSession.held_on >= self.from_on)
        if self.to_on is not None:
            days = days.where(EventSession.held_on <= self.to_on)
        return Event.id.in_(days)


def _has_host(body_id: int) -> ColumnElement[bool]:
    return Event.id.in_(
        select(EventHost.event_id).where(
            EventHost.body_id == body_id, EventHost.role != HostRole.THIRD
        )
    )
