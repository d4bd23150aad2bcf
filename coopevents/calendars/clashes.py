"""What stands around sessions, read at once for however many there are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import CTE, BigInteger, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from coopevents import clock
from coopevents.calendars.warnings import (
    Caution,
    Shared,
    Sitting,
    Surroundings,
    Teaching,
    warnings_of,
)
from coopevents.db import db
from coopevents.directory import identity
from coopevents.directory.queries import name_on
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession, EventState, EventTrainer, SessionState
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.workdays import queries as workdays

AROUND = timedelta(days=14)
"""How far from a session the calendar is read: as far as a Tết may stretch from it."""

NAMES_TOLD = 3

PLANNED = frozenset({EventState.DRAFT, EventState.PUBLISHED})
"""The activities whose sessions are still to come. A postponed one takes up no hour."""


def of_event(event: Event) -> dict[int, list[Caution]]:
    """Answer by session what an officer should know of the activity's planned sessions."""
    return of_sessions(event.programme_id, [(s, event) for s in events.list_sessions(event)])


def of_sessions(
    programme_id: int | None,
    sessions: Iterable[tuple[EventSession, Event]],
    most: int | None = None,
) -> dict[int, list[Caution]]:
    """Answer by session what an officer should know of it, for those that are still planned.

    With `most`, no more than so many things of each session.
    """
    asked = [
        _sitting(session, event)
        for session, event in sessions
        if session.state is SessionState.PLANNED and event.state in PLANNED
    ]
    if not asked:
        return {}
    around = _surroundings(programme_id, asked)
    return {sitting.id: warnings_of(sitting, around, most) for sitting in asked}


def _sitting(session: EventSession, event: Event) -> Sitting:
    return Sitting(
        id=session.id,
        event_id=event.id,
        title=event.title,
        held_on=session.held_on,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        place=session.place or event.place,
        unit_id=event.administrative_unit_id,
        class_group=session.class_group,
    )


def _surroundings(programme_id: int | None, asked: Sequence[Sitting]) -> Surroundings:
    days = {sitting.held_on for sitting in asked}
    named = workdays.list_days(min(days) - AROUND, max(days) + AROUND)
    sittings = _sittings_on(programme_id, days)
    pairs = {
        (one.event_id, other.event_id)
        for one in asked
        for other in sittings[one.held_on]
        if one.event_id != other.event_id and one.meets(other)
    }
    return Surroundings(
        named={row.day: row for row in named},
        open_weekdays=workdays.open_weekdays(),
        sittings=sittings,
        teaching=_teaching_at({s.event_id for s in asked} | {other for _one, other in pairs}),
        shared=_shared(pairs),
    )


def _sittings_on(programme_id: int | None, days: set[date]) -> dict[date, list[Sitting]]:
    rows = db.session.execute(
        select(EventSession, Event)
        .join(Event, Event.id == EventSession.event_id)
        .where(
            Event.programme_id == programme_id,
            EventSession.held_on.in_(days),
            EventSession.state.in_([SessionState.PLANNED, SessionState.HELD]),
            Event.state.in_([*PLANNED, EventState.CLOSED]),
        )
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id)
    )
    found: dict[date, list[Sitting]] = defaultdict(list)
    for session, event in rows:
        found[session.held_on].append(_sitting(session, event))
    return found


def _teaching_at(event_ids: set[int]) -> dict[int, list[Teaching]]:
    found: dict[int, list[Teaching]] = defaultdict(list)
    trainers = db.session.scalars(
        select(EventTrainer).where(EventTrainer.event_id.in_(event_ids)).order_by(EventTrainer.id)
    )
    for one in trainers:
        told = (one.session_id, one.person_id, one.full_name, one.name_fold)
        found[one.event_id].append(Teaching(one.event_id, *told))
    return found


def _shared(pairs: set[tuple[int, int]]) -> Mapping[tuple[int, int], Shared]:
    """Answer for each pair of activities which organisations both invited and may still see."""
    # What one shares with the other, the other shares with the one.
    listed = sorted({(min(both), max(both)) for both in pairs})
    pair = (
        func.unnest(
            cast([one for one, _other in listed], ARRAY(BigInteger)),
            cast([other for _one, other in listed], ARRAY(BigInteger)),
        )
        .table_valued("one_id", "other_id", name="pairs")
        .render_derived()
    )
    invited = _invited({id_ for both in listed for id_ in both})
    here, there = invited.alias("here"), invited.alias("there")
    ids = func.array_agg(aggregate_order_by(here.c.organisation_id, here.c.organisation_id))
    rows = db.session.execute(
        select(pair.c.one_id, pair.c.other_id, ids)
        .select_from(pair)
        .join(here, here.c.event_id == pair.c.one_id)
        .join(
            there,
            (there.c.event_id == pair.c.other_id)
            & (there.c.organisation_id == here.c.organisation_id),
        )
        .group_by(pair.c.one_id, pair.c.other_id)
    ).all()
    called = name_on({id_ for *_pair, ids in rows for id_ in ids[:NAMES_TOLD]}, clock.today())
    found = {
        (one, other): Shared(len(ids), [called[id_] for id_ in ids[:NAMES_TOLD] if id_ in called])
        for one, other, ids in rows
    }
    return found | {(other, one): shared for (one, other), shared in found.items()}


def _invited(event_ids: set[int]) -> CTE:
    """Answer which organisations are invited to which of the activities and have not declined."""
    merged = identity.merged_organisations()
    return (
        select(
            Invitation.event_id,
            identity.counts_as(Invitation.organisation_id, merged).label("organisation_id"),
        )
        .outerjoin(merged, merged.c.id == Invitation.organisation_id)
        .where(
            Invitation.event_id.in_(event_ids),
            Invitation.organisation_id.is_not(None),
            Invitation.state.in_([InvitationState.PENDING, InvitationState.ACCEPTED]),
        )
        .distinct()
        .cte("invited")
    )
