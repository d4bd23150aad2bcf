"""I19: how many times communication work reached people, as declared."""

from collections import defaultdict
from datetime import date

from sqlalchemy import and_, select

from coopevents.attendance import counting
from coopevents.db import Json, db
from coopevents.events.models import Event, EventKind
from coopevents.outcomes.reach import queries as reach
from coopevents.outcomes.reach.models import ReachChannel, ReachDeclaration
from coopevents.reports.figures import Figure, Part, Row, Scope, number_of


def declared_reach(scope: Scope) -> Figure:
    """Answer I19: Σ of what is declared of held communication work. Source: A12, domain model 4.

    Nobody was counted, so it is never added to attendances or people.
    """
    held = counting.held_events(scope.programme.id, scope.from_on, scope.to_on)
    declared = and_(
        ReachDeclaration.event_id == Event.id,
        ReachDeclaration.reached.is_not(None),
        reach.uncorrected(),
    )
    rows = db.session.execute(
        select(
            Event.id,
            Event.title,
            held.c.last_on,
            ReachDeclaration.channel,
            ReachDeclaration.reached,
        )
        .join(held, held.c.event_id == Event.id)
        .join(EventKind, EventKind.id == Event.kind_id)
        .outerjoin(ReachDeclaration, declared)
        .where(~EventKind.counts_attendance)
        .order_by(held.c.last_on, Event.id, ReachDeclaration.id)
    )
    events: dict[tuple[int, str, date], dict[str, int]] = {}
    channels: dict[str, int] = defaultdict(int)
    for id_, title, last_on, channel, reached in rows:
        of_event = events.setdefault((id_, title, last_on), {})
        if channel is not None:
            key = ReachChannel(channel).value
            of_event[key] = of_event.get(key, 0) + reached
            channels[key] += reached
    silent = sum(not of_event for of_event in events.values())
    breakdown: Json = {
        "channel": {c.value: channels[c.value] for c in ReachChannel if c.value in channels},
        "apart": {"not_declared": silent},
    }
    # Where something was held and nobody declared anything there is no zero.
    reached = sum(channels.values()) if channels or not events else None
    return number_of("I19", reached, breakdown, _rows(events))


def _rows(events: dict[tuple[int, str, date], dict[str, int]]) -> list[Row]:
    found = []
    for (id_, title, last_on), of_event in events.items():
        facts: Json = {
            "part": (Part.COUNTED if of_event else Part.APART).value,
            "title": title,
            "last_on": last_on.isoformat(),
        }
        if of_event:
            facts |= {"reached": sum(of_event.values()), "channels": of_event}
        else:
            facts["why"] = "not_declared"
        found.append(Row("event", id_, facts))
    return found
