from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Select,
    Subquery,
    func,
    literal,
    select,
    tuple_,
    type_coerce,
)
from sqlalchemy.orm import aliased, contains_eager, joinedload

from coopevents import clock
from coopevents.accounts.queries import list_memberships
from coopevents.calendars.models import CalendarFeed
from coopevents.calendars.narrowing import Narrowing
from coopevents.db import db
from coopevents.directory import identity
from coopevents.errors import InputError, NotFoundError
from coopevents.events.models import Event, EventSession, EventState, SessionState
from coopevents.i18n import _
from coopevents.territory import succession
from coopevents.territory.models import AdministrativeUnit
from coopevents.tokens import fingerprint

WITHOUT_A_DAY = date(9999, 12, 31)
"""Where a list places a draft that has no session yet: after everything that has one."""


class When(StrEnum):
    """Whether what is over is asked for, what is not, or both."""

    ALL = "all"
    COMING = "coming"
    PAST = "past"


@dataclass(frozen=True)
class SessionLine:
    """A session in its month, and the day it is held on now, if it was moved."""

    session: EventSession
    moved_on: date | None


@dataclass(frozen=True)
class ActivityLine:
    """An activity in a list, with its first and last day and how many sessions it has."""

    event: Event
    first: date | None
    last: date | None
    sessions: int


@dataclass(frozen=True)
class ActivityPage:
    """Some activities in order, and where the next ones begin."""

    items: list[ActivityLine]
    next: str | None


def sessions_between(
    programme_id: int | None, first: date, last: date, narrowed: Narrowing
) -> list[SessionLine]:
    """Answer the sessions from `first` to `last`, in order, those that are not held too."""
    now = aliased(EventSession)
    rows = db.session.execute(
        select(EventSession, now.held_on)
        .join(EventSession.event)
        .outerjoin(now, now.id == EventSession.moved_to_id)
        .where(
            EventSession.held_on.between(first, last),
            *narrowed.conditions(programme_id),
        )
        # A kind holds whole lists; joined, they would be read anew for every session.
        .options(contains_eager(EventSession.event).selectinload(Event.kind))
        .order_by(EventSession.held_on, EventSession.starts_at, EventSession.id)
    )
    return [SessionLine(*row) for row in rows]


def list_activities(
    programme_id: int | None,
    narrowed: Narrowing,
    *,
    when: When = When.ALL,
    after: str | None = None,
    limit: int = 50,
) -> ActivityPage:
    """Answer a page of activities: what comes in the order it begins, the rest the latest first.

    An activity of several days comes once, and is over when its last day is. Raises InputError
    for an `after` that is no cursor.
    """
    days = _days()
    conditions = narrowed.conditions(programme_id)
    if when is When.COMING:
        conditions.append(days.c.last >= clock.today())
    elif when is When.PAST:
        conditions.append(days.c.last < clock.today())
    key = func.coalesce(days.c.first if when is When.COMING else days.c.last, WITHOUT_A_DAY)
    found = (
        select(Event, days.c.first, days.c.last, func.coalesce(days.c.sessions, 0), key)
        .outerjoin(days, days.c.event_id == Event.id)
        .where(*conditions)
        .options(joinedload(Event.kind))
    )
    return _page(_from(found, key, after, upwards=when is When.COMING), limit)


def _page(found: Select[Any], limit: int) -> ActivityPage:
    rows = db.session.execute(found.limit(limit + 1)).all()
    shown = rows[:limit]
    return ActivityPage(
        items=[ActivityLine(*row[:4]) for row in shown],
        next=f"{shown[-1][4].isoformat()}.{shown[-1][0].id}" if len(rows) > limit else None,
    )


def _days(which: ColumnElement[bool] = EventSession.state != SessionState.MOVED) -> Subquery:
    """Answer of each activity its first and last day, when it ends, and how many sessions."""
    end = type_coerce(EventSession.held_on.op("+")(EventSession.ends_at), DateTime())
    return (
        select(
            EventSession.event_id,
            func.min(EventSession.held_on).label("first"),
            func.max(EventSession.held_on).label("last"),
            func.max(end).label("ends"),
            func.count().label("sessions"),
        )
        .where(which)
        .group_by(EventSession.event_id)
        .subquery("days")
    )


def _from(found: Select[Any], key: Any, after: str | None, *, upwards: bool) -> Select[Any]:
    place = [key, Event.__table__.c.id]
    found = found.order_by(*(column.asc() if upwards else column.desc() for column in place))
    if after is None:
        return found
    try:
        day, id_ = after.split(".")
        there = tuple_(literal(date.fromisoformat(day)), literal(int(id_)))
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error
    here = tuple_(*place)
    return found.where(here > there if upwards else here < there)


def communes_of(programme_id: int | None) -> list[AdministrativeUnit]:
    """Answer the communes of today in which the programme's activities are held, by name.

    A commune that was split is one of them: what was held there lies in none of today.
    """
    used = list(
        db.session.scalars(
            select(AdministrativeUnit).where(
                AdministrativeUnit.id.in_(
                    select(Event.administrative_unit_id).where(Event.programme_id == programme_id)
                )
            )
        )
    )
    now = succession.as_of([unit.id for unit in used], clock.today())
    units = {unit.id: unit for unit in (now[unit.id] or unit for unit in used)}
    return sorted(units.values(), key=lambda unit: unit.name_fold)


def list_open(*, after: str | None = None, limit: int = 20) -> ActivityPage:
    """Answer what anybody may come to: listed publicly, published and not over yet.

    Activities of every programme: whoever listed them meant them for everybody.
    """
    days = _days(EventSession.state == SessionState.PLANNED)
    found = (
        select(Event, days.c.first, days.c.last, days.c.sessions, days.c.first)
        .join(days, days.c.event_id == Event.id)
        .where(
            Event.listed_publicly,
            Event.state == EventState.PUBLISHED,
            days.c.ends > clock.local(clock.now()).replace(tzinfo=None),
        )
        .options(joinedload(Event.kind), joinedload(Event.unit))
    )
    return _page(_from(found, days.c.first, after, upwards=True), limit)


def find_feed(token: str) -> CalendarFeed | None:
    """Answer the feed with this token, if it still opens anything."""
    return db.session.scalar(
        select(CalendarFeed)
        .where(CalendarFeed.token_hash == fingerprint(token), CalendarFeed.revoked_at.is_(None))
        .options(joinedload(CalendarFeed.user), joinedload(CalendarFeed.organisation))
    )


def may_read(feed: CalendarFeed) -> bool:
    """Whether its reader still has a part in the programme: an officer who left has none."""
    if feed.user is None:
        return True
    return feed.user.active and any(
        member.programme_id == feed.programme_id for member in list_memberships(feed.user)
    )


def feeds_of_user(user_id: int | None, programme_id: int | None) -> list[CalendarFeed]:
    """Answer the feeds of the officer that open something, the newest first."""
    return _feeds(CalendarFeed.user_id == user_id, CalendarFeed.programme_id == programme_id)


def feeds_of_organisation(organisation_id: int, programme_id: int | None) -> list[CalendarFeed]:
    """Answer the feeds of the organisation that open something, the newest first."""
    entries = identity.with_merged([organisation_id])
    return _feeds(
        CalendarFeed.organisation_id.in_(entries), CalendarFeed.programme_id == programme_id
    )


def _feeds(*conditions: Any) -> list[CalendarFeed]:
    return list(
        db.session.scalars(
            select(CalendarFeed)
            .where(*conditions, CalendarFeed.revoked_at.is_(None))
            .order_by(CalendarFeed.id.desc())
        )
    )


def pick(feeds: list[CalendarFeed], feed_id: int) -> CalendarFeed:
    """Answer the feed of that number among these. Raises NotFoundError for another one."""
    feed = next((feed for feed in feeds if feed.id == feed_id), None)
    if feed is None:
        raise NotFoundError(_("There is no such feed."))
    return feed
