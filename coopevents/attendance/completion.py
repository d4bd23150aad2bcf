"""Who completed an activity: a training is more than having been there once."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import CTE, Float, and_, cast, func, literal, or_, select

from coopevents.attendance import counting
from coopevents.attendance.models import WalkIn
from coopevents.db import db
from coopevents.directory.models import Person
from coopevents.events.models import Event, EventSession, SessionState

NEEDED_SHARE = Decimal("0.8")
"""The share of the required sessions somebody has to be present in (rule I5, version 1)."""

NEEDED_HOURS = 3
"""The hours somebody has to be present, whatever the number of sessions (GNDR-8)."""


@dataclass(frozen=True)
class Participant:
    """How much of an activity somebody present was there for."""

    identity: int
    """A person's id, or minus the id of a walk-in nobody has recognised yet."""
    full_name: str
    present: int
    """Required sessions of her class she was present in."""
    required: int
    hours: float
    is_complete: bool
    """Whether a certificate may be given to her: it is not without completing. Source: case 11."""

    @property
    def share(self) -> float | None:
        """How much of the required sessions, in percent; None where none is required."""
        return 100 * self.present / self.required if self.required else None


def completion(counted: counting.Counted) -> CTE:
    """Answer a row for each person present in an event: event_id, identity, sex, present,
    required, hours, is_complete.

    Required are the sessions that were held and may not be missed: a cancelled one drops out, and
    so does one that was moved, for the row it was held as. Where there are classes, somebody
    belongs to the one she was present in most, though she would have completed another; sessions
    of no class are everybody's. Hours are
    those of every session she was present in. Source: I5, and cases 11 and 13.
    """
    sessions = _held_sessions(counted.events)
    classes = _classes(sessions)
    of_class = _sessions_of_classes(sessions, classes)
    required = (
        select(of_class.c.event_id, of_class.c.class_group, func.count().label("required"))
        .where(of_class.c.required)
        .group_by(of_class.c.event_id, of_class.c.class_group)
        .cte("required_sessions")
    )
    session = func.count(counted.marks.c.session_id.distinct())
    present = (
        select(
            counted.marks.c.event_id,
            counted.marks.c.identity,
            of_class.c.class_group,
            session.label("attended"),
            session.filter(of_class.c.required).label("present"),
        )
        .join(of_class, of_class.c.session_id == counted.marks.c.session_id)
        .group_by(counted.marks.c.event_id, counted.marks.c.identity, of_class.c.class_group)
        .cte("present_sessions")
    )
    return _judged(counted, classes, required, present, _hours(counted, sessions))


def _held_sessions(events: CTE) -> CTE:
    return (
        select(
            EventSession.event_id,
            EventSession.id.label("session_id"),
            EventSession.class_group,
            EventSession.required,
            (func.extract("epoch", EventSession.ends_at - EventSession.starts_at) / 3600.0).label(
                "hours"
            ),
        )
        .where(
            EventSession.event_id.in_(select(events.c.event_id)),
            EventSession.state == SessionState.HELD,
        )
        .cte("held_sessions")
    )


def _classes(sessions: CTE) -> CTE:
    """Answer the classes of each event; an event without classes is one class, named by NULL."""
    named = select(sessions.c.event_id, sessions.c.class_group).where(
        sessions.c.class_group.is_not(None)
    )
    other = sessions.alias()
    undivided = select(sessions.c.event_id, literal(None, sessions.c.class_group.type)).where(
        ~select(other.c.session_id)
        .where(other.c.event_id == sessions.c.event_id, other.c.class_group.is_not(None))
        .exists()
    )
    return named.union(undivided).cte("classes")


def _sessions_of_classes(sessions: CTE, classes: CTE) -> CTE:
    return (
        select(
            *(classes.c.event_id, classes.c.class_group),
            *(sessions.c.session_id, sessions.c.required),
        )
        .join(
            sessions,
            and_(
                sessions.c.event_id == classes.c.event_id,
                or_(
                    sessions.c.class_group.is_(None),
                    sessions.c.class_group == classes.c.class_group,
                ),
            ),
        )
        .cte("sessions_of_classes")
    )


def _hours(counted: counting.Counted, sessions: CTE) -> CTE:
    marks = (
        select(counted.marks.c.event_id, counted.marks.c.identity, counted.marks.c.session_id)
        .distinct()
        .cte("sessions_present")
    )
    return (
        select(
            marks.c.event_id, marks.c.identity, cast(func.sum(sessions.c.hours), Float).label("sum")
        )
        .join(sessions, sessions.c.session_id == marks.c.session_id)
        .group_by(marks.c.event_id, marks.c.identity)
        .cte("hours_present")
    )


def _judged(
    counted: counting.Counted, classes: CTE, required: CTE, present: CTE, hours: CTE
) -> CTE:
    judged = _judged_by_class(counted, classes, required, present, hours)
    # Which class she completed says nothing of which is hers, unless she came to both alike.
    place = func.row_number().over(
        partition_by=(judged.c.event_id, judged.c.identity),
        order_by=(
            judged.c.attended.desc(),
            judged.c.is_complete.desc(),
            judged.c.present.desc(),
            judged.c.required,
            judged.c.class_group,
        ),
    )
    placed = select(judged, place.label("place")).cte("placed_in_classes")
    told = ("event_id", "identity", "sex", "present", "required", "hours", "is_complete")
    return select(*(placed.c[name] for name in told)).where(placed.c.place == 1).cte("completion")


def _judged_by_class(
    counted: counting.Counted, classes: CTE, required: CTE, present: CTE, hours: CTE
) -> CTE:
    """Answer how everybody present would stand in each class of the event."""
    everybody = counted.presence
    was, had = func.coalesce(present.c.present, 0), func.coalesce(required.c.required, 0)
    same_person = and_(
        hours.c.event_id == everybody.c.event_id, hours.c.identity == everybody.c.identity
    )
    of_class = and_(
        required.c.event_id == classes.c.event_id,
        required.c.class_group.is_not_distinct_from(classes.c.class_group),
    )
    of_person_and_class = and_(
        present.c.event_id == everybody.c.event_id,
        present.c.identity == everybody.c.identity,
        present.c.class_group.is_not_distinct_from(classes.c.class_group),
    )
    return (
        select(
            *(everybody.c.event_id, everybody.c.identity, everybody.c.sex, classes.c.class_group),
            func.coalesce(present.c.attended, 0).label("attended"),
            was.label("present"),
            had.label("required"),
            hours.c.sum.label("hours"),
            and_(was >= NEEDED_SHARE * had, hours.c.sum >= NEEDED_HOURS).label("is_complete"),
        )
        .join(classes, classes.c.event_id == everybody.c.event_id)
        .join(hours, same_person)
        .outerjoin(required, of_class)
        .outerjoin(present, of_person_and_class)
        .cte("judged_by_class")
    )


def list_participants(event: Event) -> list[Participant]:
    """Answer who was present in the activity, and whether she completed it, by name."""
    counted = counting.count_over(counting.only_event(event.id))
    judged = completion(counted)
    rows = db.session.execute(
        select(
            judged.c.identity,
            func.coalesce(Person.full_name, WalkIn.full_name),
            *(judged.c.present, judged.c.required, judged.c.hours, judged.c.is_complete),
        )
        .outerjoin(Person, Person.id == judged.c.identity)
        .outerjoin(WalkIn, WalkIn.id == -judged.c.identity)
        .order_by(func.coalesce(Person.name_sort, WalkIn.name_sort), judged.c.identity)
    )
    return [Participant(*row) for row in rows]
