"""Which planned reminders move with a change of the activity, wait for a day, or are dropped."""

from collections.abc import Sequence
from datetime import date

from coopevents.changes.consequences import Reminding
from coopevents.events.effects import Change, Effect, PlaceChange
from coopevents.events.models import Event, EventSession, SessionState
from coopevents.reminders import queries as reminders
from coopevents.reminders.due import working_day
from coopevents.reminders.models import Anchor

STANDING = frozenset({SessionState.PLANNED, SessionState.HELD})


def moved_reminders(
    event: Event, change: Change, effect: Effect, sessions: Sequence[EventSession]
) -> tuple[Reminding, ...]:
    """Answer the reminders whose day the change makes another one, or takes away."""
    start = _first_day_after(change, effect, sessions)
    found = []
    for reminder in reminders.list_reminders(event):
        rule = reminder.rule
        by_answers = rule.anchor is Anchor.ANSWER_BY and effect.answer_by is not None
        anchor = effect.answer_by if by_answers else start
        after = None if start is None else working_day(anchor, rule.days_before)
        if after != reminder.due_on:
            days = (_iso(reminder.due_on), _iso(after))
            found.append(Reminding(rule.anchor.value, rule.days_before, days))
    return tuple(found)


def _first_day_after(
    change: Change, effect: Effect, sessions: Sequence[EventSession]
) -> date | None:
    """Answer the first day of the activity after the change; None where there is none."""
    gone = () if isinstance(change, PlaceChange) else effect.touched
    standing = [s.held_on for s in sessions if s.state in STANDING and s not in gone]
    return min([*standing, *(new.held_on for new in effect.times)], default=None)


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
