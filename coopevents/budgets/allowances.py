"""Who is to be paid what for coming: one line a person, from the marks of the roll call."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from coopevents.attendance import counting
from coopevents.attendance.models import WalkIn
from coopevents.budgets import queries
from coopevents.budgets.models import AllowanceRate, PaidFor
from coopevents.db import db
from coopevents.directory import queries as directory
from coopevents.directory.models import Person, PostKind
from coopevents.events import queries as events
from coopevents.events.models import Event, EventSession, EventState
from coopevents.names import sort_key
from coopevents.registrations.models import Representation


@dataclass(frozen=True)
class Due:
    """What somebody who came is to be paid; `amount` None: no rate is for her."""

    full_name: str
    organisations: tuple[str, ...]
    post: PostKind
    sessions: int
    days: int
    amount: int | None
    is_walk_in: bool
    """Whether she came without a place and nobody has recognised her yet."""


@dataclass(frozen=True)
class AllowanceList:
    """What the participants of an activity are to be paid, by name."""

    rates: Sequence[AllowanceRate]
    lines: Sequence[Due]
    total: int | None
    held_on: date | None
    """The day of the last session held; None while none was: there is no list yet."""
    is_provisional: bool
    """Whether the activity is not closed yet, so that the marks may still change."""


@dataclass(frozen=True)
class _Attended:
    """How often an identity was present, and the walk-in she was marked as, if as one."""

    sessions: int
    days: int
    walk_in_id: int | None


def allowances(event: Event) -> AllowanceList:
    """Answer who is to be paid what, in order of names.

    Everybody present in a session held is on it, once, for whomever she stood; whoever was excused
    or absent is not. Her post is the one she had that day, of the organisation she first stood for.
    """
    rates = queries.list_rates(event)
    held_on = events.last_held_on(events.list_sessions(event))
    lines = _lines(event, rates, held_on) if held_on else []
    amounts = [line.amount for line in lines if line.amount is not None]
    return AllowanceList(
        rates=rates,
        lines=lines,
        total=sum(amounts) if amounts else None,
        held_on=held_on,
        is_provisional=event.state is not EventState.CLOSED,
    )


def _lines(event: Event, rates: Sequence[AllowanceRate], held_on: date) -> list[Due]:
    attended = _attended(event)
    people = _people(attended)
    walk_ins = _walk_ins(came.walk_in_id for came in attended.values())
    posts = _posts(event, people)
    stood = _organisations(event, held_on)
    found = []
    for identity, came in attended.items():
        walk_in = walk_ins.get(came.walk_in_id or 0)
        post = posts.get(identity) or (walk_in.role_snapshot if walk_in else PostKind.OTHER)
        named = people.get(identity) or walk_ins[-identity]
        line = Due(
            full_name=named.full_name,
            organisations=tuple(sorted(stood.get(identity, ()), key=sort_key)),
            post=post,
            sessions=came.sessions,
            days=came.days,
            amount=_amount(rates, post, came),
            is_walk_in=identity < 0,
        )
        found.append((named.name_sort, identity, line))
    return [line for _name, _identity, line in sorted(found, key=lambda one: one[:2])]


def _attended(event: Event) -> dict[int, _Attended]:
    """Answer in how many sessions and on how many days each identity was present."""
    marks = counting.count_over(counting.only_event(event.id)).marks
    rows = db.session.execute(
        select(
            marks.c.identity,
            func.count(marks.c.session_id.distinct()),
            func.count(EventSession.held_on.distinct()),
            func.min(marks.c.walk_in_id),
        )
        .join(EventSession, EventSession.id == marks.c.session_id)
        .group_by(marks.c.identity)
    )
    return {identity: _Attended(*came) for identity, *came in rows}


def _organisations(event: Event, day: date) -> dict[int, list[str]]:
    """Answer what each identity stood for, by the names of that day."""
    stood = counting.count_over(counting.only_event(event.id)).representing
    rows = db.session.execute(select(stood.c.identity, stood.c.organisation_id)).all()
    names = directory.name_on({row.organisation_id for row in rows}, day)
    found: dict[int, list[str]] = defaultdict(list)
    for row in rows:
        found[row.identity].append(names.get(row.organisation_id, ""))
    return found


def _people(identities: Collection[int]) -> dict[int, Person]:
    ids = [identity for identity in identities if identity > 0]
    people = db.session.scalars(select(Person).where(Person.id.in_(ids)))
    return {person.id: person for person in people}


def _walk_ins(ids: Iterable[int | None]) -> dict[int, WalkIn]:
    known = [id_ for id_ in ids if id_ is not None]
    walk_ins = db.session.scalars(select(WalkIn).where(WalkIn.id.in_(known)))
    return {walk_in.id: walk_in for walk_in in walk_ins}


def _posts(event: Event, people: Mapping[int, Person]) -> dict[int, PostKind]:
    """Answer the post each of the people had that day, by whom she counts as."""
    rows = db.session.scalars(
        select(Representation)
        .where(Representation.event_id == event.id, Representation.withdrawn_at.is_(None))
        .options(joinedload(Representation.person).joinedload(Person.duplicate_of))
        .order_by(Representation.is_primary.desc(), Representation.id)
    )
    posts: dict[int, PostKind] = {}
    for row in rows:
        if row.person.kept.id in people:
            posts.setdefault(row.person.kept.id, row.role_snapshot)
    return posts


def _amount(rates: Sequence[AllowanceRate], post: PostKind, came: _Attended) -> int | None:
    """Answer what she is paid; None where no rate is for her, which is not nothing."""
    times = {
        PaidFor.SESSION: came.sessions,
        PaidFor.DAY: came.days,
        PaidFor.TRAVEL: 1,
    }
    parts = []
    for paid_for, number in times.items():
        own = [rate.value for rate in rates if rate.paid_for is paid_for and rate.post_kind is post]
        all_ = [
            rate.value for rate in rates if rate.paid_for is paid_for and rate.post_kind is None
        ]
        parts += [value * number for value in (own or all_)]
    return sum(parts) if parts else None
