"""Changing an activity people already know of: its days, a session, its place, whether it is held.

A session keeps the day it was told with: where it went is another row, linked.
"""

from collections.abc import Sequence
from datetime import datetime, time
from functools import singledispatch

from sqlalchemy import select

from coopevents import clock
from coopevents.audit import service as audit
from coopevents.db import db
from coopevents.events.effects import (
    Cancellation,
    Change,
    NewTime,
    PlaceChange,
    Postponement,
    SessionCancellation,
    SessionMove,
    effect_of,
)
from coopevents.events.models import (
    AgendaItem,
    Event,
    EventSession,
    EventTrainer,
    SessionState,
)


@singledispatch
def carry_out(change: Change, _event: Event) -> Sequence[EventSession]:
    """Do it, and answer the sessions that calendars are told of: new rows, or cancelled ones."""
    raise TypeError(type(change))


@carry_out.register
def _postpone(change: Postponement, event: Event) -> Sequence[EventSession]:
    effect = effect_of(change, event)
    before, event.state = event.state, effect.state
    event.answer_by = effect.answer_by
    moved: Sequence[EventSession] = effect.touched
    if effect.times:
        moved = [
            _move(session, to, change.reason)
            for session, to in zip(effect.touched, effect.times, strict=True)
        ]
    _raise_sequence(event)
    audit.record(
        "event.postponed",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={
            "state": (before.value, event.state.value),
            "days": (_days(effect.touched), _days(effect.times)),
            "reason": (None, change.reason),
        },
    )
    return moved


@carry_out.register
def _move_session(change: SessionMove, event: Event) -> Sequence[EventSession]:
    effect = effect_of(change, event)
    (session,) = effect.touched
    event.answer_by = effect.answer_by
    moved = _move(session, change.to, change.reason)
    if change.already_held:
        moved.state = SessionState.HELD
    _raise_sequence(event)
    audit.record(
        "session.moved",
        "event_session",
        session.id,
        programme_id=event.programme_id,
        changes={
            "days": (_days(effect.touched), _days(effect.times)),
            "reason": (None, change.reason),
        },
    )
    return [moved]


@carry_out.register
def _change_place(change: PlaceChange, event: Event) -> Sequence[EventSession]:
    effect = effect_of(change, event)
    before, event.place = event.place, change.place.strip()
    unit, event.administrative_unit_id = event.administrative_unit_id, change.administrative_unit_id
    _raise_sequence(event)
    # The commune the place now stands in is read by whoever tells of it next.
    db.session.expire(event, ["unit"])
    audit.record(
        "event.place_changed",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={
            "place": (before, event.place),
            "administrative_unit_id": (unit, event.administrative_unit_id),
            "reason": (None, change.reason),
        },
    )
    return effect.touched


@carry_out.register
def _cancel_session(change: SessionCancellation, event: Event) -> Sequence[EventSession]:
    effect = effect_of(change, event)
    (session,) = effect.touched
    session.state, session.state_reason = SessionState.CANCELLED, change.reason
    _raise_sequence(event)
    audit.record(
        "session.cancelled",
        "event_session",
        session.id,
        programme_id=event.programme_id,
        changes={"state": ("planned", "cancelled"), "reason": (None, change.reason)},
    )
    return effect.touched


@carry_out.register
def _cancel(change: Cancellation, event: Event) -> Sequence[EventSession]:
    effect = effect_of(change, event)
    before, event.state = event.state, effect.state
    event.cancelled_at, event.cancel_reason = clock.now(), change.reason
    for session in effect.touched:
        session.state, session.state_reason = SessionState.CANCELLED, change.reason
    _raise_sequence(event)
    audit.record(
        "event.cancelled",
        "event",
        event.id,
        programme_id=event.programme_id,
        changes={
            "state": (before.value, event.state.value),
            "reason": (None, change.reason),
        },
    )
    return effect.touched


def _move(session: EventSession, to: NewTime, reason: str) -> EventSession:
    """Write the row the session is held as now, with its agenda and its trainers."""
    moved = EventSession(
        event_id=session.event_id,
        held_on=to.held_on,
        starts_at=to.starts_at,
        ends_at=to.ends_at,
        place=to.place,
        class_group=session.class_group,
        topic=session.topic,
        required=session.required,
    )
    db.session.add(moved)
    db.session.flush()
    session.state, session.moved_to_id, session.state_reason = SessionState.MOVED, moved.id, reason
    for item in db.session.scalars(
        select(AgendaItem).where(AgendaItem.session_id == session.id).order_by(AgendaItem.rank)
    ):
        db.session.add(
            AgendaItem(
                event_id=item.event_id,
                session_id=moved.id,
                rank=item.rank,
                starts_at=_shifted(item.starts_at, session, to),
                topic=item.topic,
                speaker=item.speaker,
            )
        )
    for one in db.session.scalars(
        select(EventTrainer).where(EventTrainer.session_id == session.id)
    ):
        same = ("event_id", "person_id", "full_name", "name_fold", "part", "unit")
        copied = {name: getattr(one, name) for name in same}
        db.session.add(EventTrainer(session_id=moved.id, **copied))
    db.session.flush()
    return moved


def _shifted(hour: time | None, session: EventSession, to: NewTime) -> time | None:
    """Answer the hour of a point as far into the session as before; None where it has no room."""
    if hour is None:
        return None
    day = to.held_on
    into = datetime.combine(day, hour) - datetime.combine(day, session.starts_at)
    found = datetime.combine(day, to.starts_at) + into
    stays = to.starts_at <= found.time() < to.ends_at and found.date() == day
    return found.time() if stays else None


def _raise_sequence(event: Event) -> None:
    event.calendar_sequence += 1
    db.session.flush()


def _days(sessions: Sequence[EventSession | NewTime]) -> str | None:
    told = [f"{s.held_on.isoformat()} {s.starts_at:%H:%M}–{s.ends_at:%H:%M}" for s in sessions]
    return "; ".join(told) or None
