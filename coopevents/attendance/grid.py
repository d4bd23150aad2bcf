"""Attendance by organisation: the table of organisations × activities."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from sqlalchemy import CTE, and_, func, select

from coopevents.attendance import counting
from coopevents.attendance.counting import Rows
from coopevents.db import Translated, db
from coopevents.directory.models import Organisation, OrganisationKind
from coopevents.events.models import Event, EventKind
from coopevents.programme.models import Programme

LISTED_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
    OrganisationKind.COOPERATIVE_UNION,
)
"""The kinds of organisation that the table lists. Branches and agencies are never counted."""


class Mark(StrEnum):
    CAME = "came"
    ABSENT = "absent"
    """It was invited, and nobody who stood for it was present."""
    NOT_INVITED = "not_invited"


@dataclass(frozen=True)
class GridEvent:
    """A held activity: a column of the table."""

    id: int
    title: str
    kind: str
    kind_name: Translated
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Cell:
    """What an organisation and an activity had to do with each other."""

    invited: bool
    people: int
    women: int

    @property
    def mark(self) -> Mark:
        """Which of the three marks stands in the table."""
        if self.people:
            return Mark.CAME
        return Mark.ABSENT if self.invited else Mark.NOT_INVITED


NOTHING = Cell(invited=False, people=0, women=0)


@dataclass
class GridRow:
    """An organisation and its activities; `people` and `women` are different ones over them all."""

    organisation_id: int
    kind: OrganisationKind
    cells: dict[int, Cell] = field(default_factory=dict)
    people: int = 0
    women: int = 0
    last_attended_on: date | None = None

    @property
    def invited(self) -> int:
        """How many of the activities it was invited to."""
        return sum(cell.invited for cell in self.cells.values())

    @property
    def attended(self) -> int:
        """How many of the activities somebody came to for it."""
        return sum(cell.mark is Mark.CAME for cell in self.cells.values())

    def cell(self, event_id: int) -> Cell:
        """Answer what it had to do with the activity: nothing, if it was neither asked nor came."""
        return self.cells.get(event_id, NOTHING)


@dataclass(frozen=True)
class Grid:
    """The table. One delegate may stand for two organisations, so rows add up to more people."""

    events: list[GridEvent]
    rows: list[GridRow]


def attendance_by_organisation(
    programme: Programme, from_on: date, to_on: date, *, also: Iterable[int] = ()
) -> Grid:
    """Answer the activities held in those days and every organisation invited to one or present.

    The organisations `also` names get a row too, even when nobody asked them. Invitations taken
    back are none.
    """
    held = counting.held_events(programme.id, from_on, to_on)
    rows = {
        organisation_id: GridRow(organisation_id, kind)
        for organisation_id, kind in db.session.execute(
            select(Organisation.id, Organisation.kind).where(
                Organisation.id.in_(list(also)), Organisation.kind.in_(LISTED_KINDS)
            )
        )
    }
    fill(rows, held, None, open_to_others=True)
    return Grid(events_of(held), sorted(rows.values(), key=lambda row: row.organisation_id))


def fill(
    rows: dict[int, GridRow],
    events: CTE,
    organisation_ids: Collection[int] | None,
    *,
    open_to_others: bool = False,
) -> None:
    """Write into the rows what each had to do with the events, and the sums over them all.

    `open_to_others` also gives a row to every organisation that was invited or came.
    """
    for organisation_id, kind, event_id, *cell in db.session.execute(
        _cells(events, organisation_ids)
    ):
        if open_to_others:
            rows.setdefault(organisation_id, GridRow(organisation_id, kind))
        if organisation_id in rows:
            rows[organisation_id].cells[event_id] = Cell(*cell)
    for organisation_id, people, women, last_on in db.session.execute(
        _totals(events, organisation_ids)
    ):
        if organisation_id in rows:
            row = rows[organisation_id]
            row.people, row.women, row.last_attended_on = people, women, last_on


def events_of(held: CTE) -> list[GridEvent]:
    """Answer the columns of the table, the earliest first."""
    found = db.session.execute(
        select(
            Event.id, Event.title, EventKind.key, EventKind.name, held.c.first_on, held.c.last_on
        )
        .join(held, held.c.event_id == Event.id)
        .join(EventKind, EventKind.id == Event.kind_id)
        .order_by(held.c.last_on, Event.id)
    )
    return [GridEvent(*row) for row in found]


def _cells(held: CTE, organisation_ids: Collection[int] | None) -> Rows:
    counted = counting.count_over(held, organisation_ids)
    present, stood = counted.presence, counted.representing
    came = (
        select(
            stood.c.organisation_id,
            stood.c.event_id,
            func.count(stood.c.identity.distinct()).label("people"),
            counting.women(stood.c.identity, present.c.sex).label("women"),
        )
        .join(
            present,
            and_(present.c.event_id == stood.c.event_id, present.c.identity == stood.c.identity),
        )
        .group_by(stood.c.organisation_id, stood.c.event_id)
        .cte("came")
    )
    asked = counting.invited_organisations(held, organisation_ids)
    both = asked.join(
        came,
        and_(
            came.c.organisation_id == asked.c.organisation_id,
            came.c.event_id == asked.c.event_id,
        ),
        full=True,
    )
    organisation_id = func.coalesce(asked.c.organisation_id, came.c.organisation_id)
    return (
        select(
            organisation_id,
            Organisation.kind,
            func.coalesce(asked.c.event_id, came.c.event_id),
            asked.c.event_id.is_not(None),
            func.coalesce(came.c.people, 0),
            func.coalesce(came.c.women, 0),
        )
        .select_from(both)
        .join(Organisation, Organisation.id == organisation_id)
        .where(Organisation.kind.in_(LISTED_KINDS))
    )


def _totals(held: CTE, organisation_ids: Collection[int] | None) -> Rows:
    counted = counting.count_over(held, organisation_ids)
    present, stood = counted.presence, counted.representing
    return (
        select(
            stood.c.organisation_id,
            func.count(stood.c.identity.distinct()),
            counting.women(stood.c.identity, present.c.sex),
            func.max(held.c.last_on),
        )
        .join(
            present,
            and_(present.c.event_id == stood.c.event_id, present.c.identity == stood.c.identity),
        )
        .join(held, held.c.event_id == stood.c.event_id)
        .group_by(stood.c.organisation_id)
    )
