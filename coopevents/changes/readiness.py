"""What is still missing before an activity is published or closed, and what becomes of it."""

import hashlib
import json
from collections import Counter
from dataclasses import dataclass, fields
from datetime import date

from coopevents import clock
from coopevents.accounts import queries as accounts
from coopevents.attendance import conflicts
from coopevents.attendance import queries as attendance
from coopevents.db import Json
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession, EventState, HostRole, SessionState
from coopevents.i18n import translated
from coopevents.materials import queries as materials
from coopevents.materials.models import OTHER
from coopevents.programme import queries as programmes
from coopevents.workdays import queries as workdays


@dataclass(frozen=True)
class SessionSeen:
    """A session with what an officer should know of it before the act."""

    session: EventSession
    is_day_off: bool = False
    is_past: bool = False
    missing: int = 0
    """How many of those named have no state in it, though it was held."""


@dataclass(frozen=True)
class Readiness:
    """How an activity stands before it is published or closed."""

    version: int
    sessions: tuple[SessionSeen, ...]
    counts: bool
    """Whether both bodies of the programme host it."""
    bodies_missing: tuple[str, ...]
    """Names of bodies of the programme that do not host it."""
    contents: tuple[int, ...]
    unsettled: int = 0
    """Sessions of which nobody said whether they were held."""
    held: int = 0
    last_held_on: date | None = None
    period: str | None = None
    """The label of the report period that the last session held belongs to."""
    people: int = 0
    organisations: int = 0
    listed_publicly: bool = False
    outside: int = 0
    """Marks that were sent in, are not in the roll, and nobody has looked at yet."""
    papers_missing: tuple[str, ...] = ()
    """What its kind says belongs to its file, and is not among its materials."""

    @property
    def missing(self) -> int:
        """How many states of named people are missing in all."""
        return sum(one.missing for one in self.sessions)

    def as_json(self) -> Json:
        """Answer what was shown as plain JSON."""
        kept: Json = {one.name: getattr(self, one.name) for one in fields(self)}
        kept["last_held_on"] = str(self.last_held_on or "")
        kept["sessions"] = [
            {
                "session_id": one.session.id,
                "state": one.session.state.value,
                "is_day_off": one.is_day_off,
                "is_past": one.is_past,
                "missing": one.missing,
            }
            for one in self.sessions
        ]
        return kept

    @property
    def fingerprint(self) -> str:
        """Answer what stands for exactly this: it differs when anything an officer sees does."""
        told = json.dumps(self.as_json(), sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()


def before_publishing(event: Event) -> Readiness:
    """Answer what publishing lets others see, and what to look at first."""
    sessions = events.list_sessions(event)
    days = [session.held_on for session in sessions]
    worked = set(workdays.working_days_between(min(days), max(days))) if days else set()
    return Readiness(
        version=event.version,
        sessions=tuple(
            SessionSeen(
                session,
                is_day_off=session.held_on not in worked,
                is_past=session.starts_on_clock <= clock.now(),
            )
            for session in sessions
        ),
        **_hosting(event),
        listed_publicly=event.listed_publicly,
    )


def before_closing(event: Event) -> Readiness:
    """Answer what is missing before the activity can be closed, and what it then counts as."""
    sessions = events.list_sessions(event)
    missing = Counter(one.session_id for one in attendance.unreconciled(event))
    last = events.last_held_on(sessions)
    period = programmes.period_on(event.programme, last) if last else None
    turnout = attendance.turnout(event)
    return Readiness(
        version=event.version,
        sessions=tuple(SessionSeen(s, missing=missing[s.id]) for s in sessions),
        **_hosting(event),
        unsettled=sum(s.state is SessionState.PLANNED for s in sessions),
        held=sum(s.state is SessionState.HELD for s in sessions),
        last_held_on=last,
        period=period.label if period else None,
        people=turnout.people,
        organisations=turnout.organisations,
        outside=len(conflicts.list_conflicts(event, is_open=True)),
        papers_missing=tuple(
            paper.name
            for paper in materials.papers(event, materials.list_materials(event))
            if not paper.materials and paper.key != OTHER
        ),
        listed_publicly=event.listed_publicly,
    )


def may_publish(event: Event) -> bool:
    """Whether the activity is a draft still."""
    return event.state is EventState.DRAFT


def may_close(event: Event) -> bool:
    """Whether the activity can be closed at all, once nothing is missing."""
    return event.state is EventState.PUBLISHED


def _hosting(event: Event) -> Json:
    names = accounts.names_of_bodies()
    hosts = {h.body_id for h in events.list_hosts(event) if h.role is not HostRole.THIRD}
    missing = sorted(events.programme_body_ids(event.programme_id) - hosts)
    return {
        "counts": event.counts_to_programme,
        "bodies_missing": tuple(translated(names[body_id].name) for body_id in missing),
        "contents": tuple(content.number for content in events.list_contents(event)),
    }
