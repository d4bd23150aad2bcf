"""What can be changed about an activity people know of, and what each change would do to it.

Nothing is written here: changing.py carries out what this says.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import singledispatch

from coopevents import clock
from coopevents.errors import DomainError, InputError
from coopevents.events import queries
from coopevents.events.models import (
    Event,
    EventSession,
    EventState,
    SessionState,
)
from coopevents.i18n import _

FAR = timedelta(days=5 * 366)
"""A new day further off than this can only be a slip of the finger."""


@dataclass(frozen=True)
class NewTime:
    """Where a session goes: its local day and hours, and a place of its own if it has one."""

    session_id: int
    held_on: date
    starts_at: time
    ends_at: time
    place: str | None = None

    @property
    def starts_on_clock(self) -> datetime:
        """The moment it begins, in UTC."""
        return clock.at_local(self.held_on, self.starts_at.hour, self.starts_at.minute)

    @property
    def ends_on_clock(self) -> datetime:
        """The moment it ends, in UTC."""
        return clock.at_local(self.held_on, self.ends_at.hour, self.ends_at.minute)


@dataclass(frozen=True)
class Postponement:
    """Every session goes to a new day; without `times` nobody knows yet to which."""

    reason: str
    times: tuple[NewTime, ...] = ()
    answer_by: date | None = None


@dataclass(frozen=True)
class SessionMove:
    """One session goes elsewhere; `already_held` when its new day is past and it was held then."""

    reason: str
    to: NewTime
    answer_by: date | None = None
    already_held: bool = False


@dataclass(frozen=True)
class PlaceChange:
    """The activity is held elsewhere, on the same days."""

    reason: str
    place: str
    administrative_unit_id: int | None = None


@dataclass(frozen=True)
class SessionCancellation:
    """One session is not held; the activity goes on."""

    reason: str
    session_id: int


@dataclass(frozen=True)
class Cancellation:
    """Nothing of the activity is held."""

    reason: str


Change = Postponement | SessionMove | PlaceChange | SessionCancellation | Cancellation


@dataclass(frozen=True)
class Effect:
    """What a change does to the activity itself."""

    state: EventState
    """The state the activity has afterwards."""
    answer_by: date | None
    """Until when answers are asked for afterwards."""
    touched: tuple[EventSession, ...] = ()
    """The sessions it takes from their days, or, of a new place, those held there."""
    times: tuple[NewTime, ...] = ()
    """Where they go: one for each of `touched`, or none."""
    standing: int = 0
    """How many sessions are held as planned afterwards."""
    method: str = "REQUEST"
    """What is said to calendars: REQUEST puts entries in, CANCEL takes those of `touched` out."""
    asks_again: bool = False
    """Whether every answer was about days that do not hold any more."""
    told_until: datetime | None = field(default=None)
    """When the last thing it is about is over; None for never."""

    is_told_later: bool = False
    """Whether it waits for the notice of new days: nobody knows yet when to come."""

    @property
    def is_over(self) -> bool:
        """Whether everything it is about is past, so that telling it helps nobody."""
        return self.told_until is not None and self.told_until <= clock.now()

    @property
    def soonest(self) -> datetime | None:
        """When the first thing to come that it is about begins."""
        starts = [s.starts_on_clock for s in self.touched]
        starts += [new.starts_on_clock for new in self.times]
        return min((start for start in starts if start > clock.now()), default=None)


@singledispatch
def effect_of(change: Change, _event: Event) -> Effect:
    """Answer what the change would do to the activity. Raises DomainError where it cannot be."""
    raise TypeError(type(change))


@effect_of.register
def _effect_of_postponement(change: Postponement, event: Event) -> Effect:
    sessions = refuse_unless_known(event)
    _refuse_held(sessions, _("A session was held already: move those that are left one by one."))
    planned = tuple(s for s in sessions if s.state is SessionState.PLANNED)
    if not planned:
        raise DomainError(_("No session is left that could be postponed."))
    _needs_reason(change.reason)
    if not change.times:
        return _undated(event, planned)
    by_id = {new.session_id: new for new in change.times}
    if set(by_id) != {s.id for s in planned} or len(by_id) < len(change.times):
        raise InputError(_("Give each session that is planned its new day, once."))
    times = tuple(by_id[s.id] for s in planned)
    for number, new in enumerate(times):
        _check_time(new, f"sessions-{number}-", _("Session %(number)s", number=number + 1))
    if event.state is EventState.PUBLISHED and all(
        _is_same(s, new) for s, new in zip(planned, times, strict=True)
    ):
        raise InputError.at("sessions", _("These are the days it is held on as it stands."))
    before = min(s.held_on for s in planned)
    return Effect(
        state=EventState.PUBLISHED,
        answer_by=_answer_by(event, change.answer_by, before, min(new.held_on for new in times)),
        touched=planned,
        times=times,
        standing=len(times),
        asks_again=True,
        told_until=max(new.ends_on_clock for new in times),
    )


def _undated(event: Event, planned: tuple[EventSession, ...]) -> Effect:
    if event.state is EventState.POSTPONED:
        raise DomainError(_("The activity is postponed already: give it its new days."))
    return Effect(
        state=EventState.POSTPONED,
        answer_by=event.answer_by,
        touched=planned,
        method="CANCEL",
        asks_again=True,
    )


@effect_of.register
def _effect_of_move(change: SessionMove, event: Event) -> Effect:
    sessions = refuse_unless_known(event)
    _refuse_undated(event)
    session = _find(sessions, change.to.session_id)
    if session.state is SessionState.MOVED:
        raise DomainError(_("This session was moved already: move the one it became."))
    _needs_reason(change.reason)
    _check_time(change.to, "", "", is_past=change.already_held)
    if session.state is SessionState.PLANNED and _is_same(session, change.to):
        raise InputError.at("held_on", _("This is when and where it is held as it stands."))
    standing = [s for s in sessions if s.state is SessionState.PLANNED and s is not session]
    first = min((s.held_on for s in standing), default=change.to.held_on)
    first = first if change.already_held else min(first, change.to.held_on)
    return Effect(
        state=event.state,
        answer_by=_answer_by(event, change.answer_by, first, first),
        touched=(session,),
        times=(change.to,),
        standing=len(standing) + (not change.already_held),
        told_until=change.to.ends_on_clock,
    )


@effect_of.register
def _effect_of_place(change: PlaceChange, event: Event) -> Effect:
    sessions = refuse_unless_known(event)
    _needs_reason(change.reason)
    if not change.place.strip():
        raise InputError.at("place", _("Say where it is held."))
    same = (event.place, event.administrative_unit_id)
    if same == (change.place.strip(), change.administrative_unit_id):
        raise InputError.at("place", _("This is where it is held as it stands."))
    planned = tuple(s for s in sessions if s.state is SessionState.PLANNED)
    return Effect(
        state=event.state,
        answer_by=event.answer_by,
        touched=planned,
        standing=len(planned) if event.state is EventState.PUBLISHED else 0,
        told_until=_last_end(event, planned),
        is_told_later=event.state is EventState.POSTPONED,
    )


@effect_of.register
def _effect_of_session_cancellation(change: SessionCancellation, event: Event) -> Effect:
    sessions = refuse_unless_known(event)
    _refuse_undated(event)
    session = _find(sessions, change.session_id)
    if session.state is not SessionState.PLANNED:
        raise DomainError(_("Only a session that is planned can be cancelled."))
    left = [s for s in sessions if s is not session and is_standing(s)]
    if not left:
        raise DomainError(_("It is the only session left: cancel or postpone the activity."))
    _needs_reason(change.reason)
    return Effect(
        state=event.state,
        answer_by=event.answer_by,
        touched=(session,),
        standing=sum(s.state is SessionState.PLANNED for s in left),
        method="CANCEL",
        told_until=session.ends_on_clock,
    )


@effect_of.register
def _effect_of_cancellation(change: Cancellation, event: Event) -> Effect:
    sessions = refuse_unless_known(event)
    _refuse_held(sessions, _("A session was held already: cancel those that are left, and close."))
    _needs_reason(change.reason)
    planned = tuple(s for s in sessions if s.state is SessionState.PLANNED)
    return Effect(
        state=EventState.CANCELLED,
        answer_by=event.answer_by,
        touched=planned,
        method="CANCEL",
        told_until=_last_end(event, planned),
    )


def refuse_unless_known(event: Event) -> list[EventSession]:
    """Answer the sessions of an activity that people know of. Raises DomainError for another."""
    if event.state not in {EventState.PUBLISHED, EventState.POSTPONED}:
        raise DomainError(
            _("Only an activity that is published, and not closed or cancelled, changes this way.")
        )
    return queries.list_sessions(event)


def is_standing(session: EventSession) -> bool:
    """Whether the session was neither cancelled nor moved."""
    return session.state in {SessionState.PLANNED, SessionState.HELD}


def _find(sessions: Sequence[EventSession], session_id: int) -> EventSession:
    found = next((s for s in sessions if s.id == session_id), None)
    if found is None:
        raise InputError(_("There is no such session."))
    if found.state is SessionState.HELD:
        raise DomainError(_("A session that was held is neither moved nor cancelled."))
    return found


def _refuse_undated(event: Event) -> None:
    if event.state is EventState.POSTPONED:
        raise DomainError(_("The activity is postponed: give all its sessions their new days."))


def _refuse_held(sessions: Sequence[EventSession], why: str) -> None:
    if any(s.state is SessionState.HELD for s in sessions):
        raise DomainError(why)


def _needs_reason(reason: str) -> None:
    if not reason.strip():
        raise InputError.at("reason", _("Say why: everybody who is told reads it."))


def _check_time(new: NewTime, place: str, who: str, *, is_past: bool = False) -> None:
    prefix = f"{who}: " if who else ""
    if new.ends_at <= new.starts_at:
        raise InputError.at(f"{place}ends_at", prefix + _("It ends before it begins."))
    if abs(new.held_on - clock.today()) > FAR:
        raise InputError.at(f"{place}held_on", prefix + _("This day is too far off."))
    if is_past and new.ends_on_clock > clock.now():
        raise InputError.at(
            f"{place}held_on", prefix + _("This is still to come, so it was not held yet.")
        )
    if not is_past and new.starts_on_clock <= clock.now():
        raise InputError.at(
            f"{place}held_on", prefix + _("This is past: a session is moved to a day to come.")
        )


def _is_same(session: EventSession, new: NewTime) -> bool:
    stands = (session.held_on, session.starts_at, session.ends_at, session.place)
    return stands == (new.held_on, new.starts_at, new.ends_at, new.place)


def _answer_by(event: Event, given: date | None, before: date, first: date) -> date | None:
    """Answer until when answers are due: the day given, or the old one moved as far as the start.

    Never before today, where it moves with the start, and never after the first session.
    """
    if given is not None:
        if given > first:
            raise InputError.at("answer_by", _("Answers are due before the first session."))
        if given < clock.today():
            raise InputError.at("answer_by", _("This day is past: nobody could answer by it."))
        return given
    if event.answer_by is None:
        return None
    if first == before:
        return min(event.answer_by, first)
    return min(max(event.answer_by + (first - before), clock.today()), first)


def _last_end(event: Event, sessions: Sequence[EventSession]) -> datetime | None:
    # The days of an activity postponed without new ones hold no more: nothing of it is over.
    if event.state is EventState.POSTPONED:
        return None
    return max((s.ends_on_clock for s in sessions), default=clock.now())
