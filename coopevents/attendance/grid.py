"""Attendance by organisation: the table of organisations × activities.

A page of it is one page of work, however long the register: the database finds and sorts the
organisations of the page, and only their marks are looked at.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, and_, func, or_, select, tuple_

from coopevents.attendance import counting
from coopevents.attendance.counting import Rows
from coopevents.attendance.models import WalkIn
from coopevents.db import Translated, db
from coopevents.directory import narrowing
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, OrganisationKind, OrganisationName
from coopevents.directory.narrowing import Standing
from coopevents.errors import InputError
from coopevents.events.models import Event, EventContent, EventKind
from coopevents.i18n import _
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.programme.models import Programme
from coopevents.registrations.models import Representation

LISTED_KINDS = (
    OrganisationKind.COOPERATIVE,
    OrganisationKind.COOPERATIVE_GROUP,
    OrganisationKind.LINKED_GROUP,
    OrganisationKind.COOPERATIVE_UNION,
)
"""The kinds of organisation that the table lists. Branches and agencies are never counted."""

by_name = OrganisationName.name_sort.collate("C")

FIRST_LOOK = 400
"""Of how many organisations the ledger is asked first, to find a page that bears a mark."""


class Mark(StrEnum):
    CAME = "came"
    ABSENT = "absent"
    """It was invited, and nobody who stood for it was present."""
    NOT_INVITED = "not_invited"


class Show(StrEnum):
    """Which organisations stand in the table."""

    ALL = "all"
    """Operating on the last day, or named for one of the activities."""
    CAME = "came"
    ABSENT = "absent"
    """Invited to one at least, and nobody came for it to any."""
    NEVER = "never"
    """Invited to none, and nobody came for it."""
    CAME_TO_NONE = "came_to_none"
    """Absent or never invited."""


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


@dataclass(frozen=True)
class Asked:
    """Which part of the table is wanted. Both days belong to it."""

    from_on: date
    to_on: date
    show: Show = Show.ALL
    event_kind_id: int | None = None
    content_id: int | None = None
    narrowed: Sequence[ColumnElement[bool]] = ()
    """Further conditions over organisations."""


@dataclass(frozen=True)
class GridPage(Grid):
    """A page of the table, by name in Vietnamese order; names are those of the last day."""

    names: dict[int, str]
    next: str | None


@dataclass(frozen=True)
class MarkCounts:
    """How many organisations of the table came, were only invited, or never were."""

    came: int
    absent: int
    never: int


def page(
    programme: Programme, asked: Asked, *, after: str | None = None, limit: int | None = 50
) -> GridPage:
    """Answer a page of the table, however long it is; `limit` None answers all of it.

    Raises InputError for an `after` that is no cursor.
    """
    chosen = _chosen(programme, asked)
    wanted = None if limit is None else limit + 1
    found = _find(_candidates(programme, asked, chosen), asked.show, chosen, after, wanted)
    shown = found[:limit]
    rows = {row.id: GridRow(row.id, row.kind) for row in shown}
    _fill(rows, chosen, None if limit is None else list(rows))
    return GridPage(
        events=_events(chosen),
        rows=list(rows.values()),
        names={row.id: row.name for row in shown},
        next=_cursor(shown[-1]) if limit is not None and len(found) > limit else None,
    )


def _find(
    candidates: Select[Any], show: Show, chosen: CTE, after: str | None, wanted: int | None
) -> list[Any]:
    """Answer the first so many organisations of those that bear the mark.

    Whether somebody came is in the ledger, and the ledger is long: it is asked of as many
    candidates, in the order of their names, as it takes to fill a page, and of more at a time
    where few of them bear the mark.
    """
    if wanted is None or show is Show.ALL:
        listed = list(db.session.execute(_beyond(candidates, after).limit(wanted)))
        return listed if show is Show.ALL else _bearing(listed, show, chosen, None)
    found: list[Any] = []
    looked_at = FIRST_LOOK
    while len(found) < wanted:
        listed = list(db.session.execute(_beyond(candidates, after).limit(looked_at)))
        found += _bearing(listed, show, chosen, [row.id for row in listed])
        if len(listed) < looked_at:
            break
        after = _cursor(listed[-1])
        looked_at *= 4
    return found[:wanted]


def _bearing(
    listed: list[Any], show: Show, chosen: CTE, organisation_ids: list[int] | None
) -> list[Any]:
    stood = counting.count_over(chosen, organisation_ids).representing
    came = set(db.session.scalars(select(stood.c.organisation_id).distinct()))
    return [row for row in listed if (row.id in came) is (show is Show.CAME)]


def count_marks(programme: Programme, asked: Asked) -> MarkCounts:
    """Answer how many organisations bear each mark; `page` with its `show` lists them.

    It looks at every mark of the activities, so that pages ask it apart.
    """
    chosen = _chosen(programme, asked)
    stood = counting.count_over(chosen).representing
    came = Organisation.id.in_(select(stood.c.organisation_id))
    invited = _is_invited(chosen)
    found = _organisations(programme, asked, chosen).with_only_columns(
        func.count().filter(came),
        func.count().filter(invited, ~came),
        func.count().filter(~invited, ~came),
        maintain_column_froms=True,
    )
    return MarkCounts(*db.session.execute(found).one())


def _chosen(programme: Programme, asked: Asked) -> CTE:
    """Answer the held events that are wanted: event_id, first_on, last_on, sessions."""
    held = counting.held_events(programme.id, asked.from_on, asked.to_on)
    chosen = select(held).join(Event, Event.id == held.c.event_id)
    if asked.event_kind_id is not None:
        chosen = chosen.where(Event.kind_id == asked.event_kind_id)
    if asked.content_id is not None:
        serving = select(EventContent.event_id).where(EventContent.content_id == asked.content_id)
        chosen = chosen.where(Event.id.in_(serving))
    return chosen.cte("chosen_events")


def _organisations(programme: Programme, asked: Asked, chosen: CTE) -> Select[Any]:
    operating = narrowing.stands(Standing.OPERATING, asked.to_on)
    return (
        select(
            Organisation.id, Organisation.kind, OrganisationName.name, OrganisationName.name_sort
        )
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(
            Organisation.register_id == programme.register_id,
            Organisation.kind.in_(LISTED_KINDS),
            directory.called_on(asked.to_on),
            or_(operating, _is_invited(chosen), _has_delegate(chosen)),
            *asked.narrowed,
        )
    )


def _candidates(programme: Programme, asked: Asked, chosen: CTE) -> Select[Any]:
    """Answer the organisations that may bear the mark, in the order of their names."""
    found = _organisations(programme, asked, chosen).order_by(by_name, Organisation.id)
    if asked.show is Show.CAME:
        return found.where(_has_delegate(chosen))
    if asked.show is Show.ABSENT:
        return found.where(_is_invited(chosen))
    return found.where(~_is_invited(chosen)) if asked.show is Show.NEVER else found


def _is_invited(chosen: CTE) -> ColumnElement[bool]:
    return _is_in(Invitation, chosen, Invitation.state != InvitationState.CANCELLED)


def _has_delegate(chosen: CTE) -> ColumnElement[bool]:
    """Answer the condition that somebody stood, or was to stand, for an organisation."""
    named = _is_in(Representation, chosen, Representation.withdrawn_at.is_(None))
    return or_(named, _is_in(WalkIn, chosen))


def _is_in(table: Any, chosen: CTE, *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return (
        select(table.id)
        .where(
            table.organisation_id == Organisation.id,
            table.event_id.in_(select(chosen.c.event_id)),
            *conditions,
        )
        .correlate(Organisation)
        .exists()
    )


def _beyond(found: Select[Any], after: str | None) -> Select[Any]:
    if after is None:
        return found
    try:
        id_, sort = after.split(".")
        name_sort = bytes.fromhex(sort).decode()
        # The first is what the index can begin with; the second keeps namesakes apart.
        return found.where(
            by_name >= name_sort, tuple_(by_name, Organisation.id) > (name_sort, int(id_))
        )
    except ValueError as error:
        raise InputError(_("This list cannot be continued from there.")) from error


def _cursor(row: Any) -> str:
    return f"{row.id}.{row.name_sort.encode().hex()}"


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
    _fill(rows, held, None, open_to_others=True)
    return Grid(_events(held), sorted(rows.values(), key=lambda row: row.organisation_id))


def _fill(
    rows: dict[int, GridRow],
    events: CTE,
    organisation_ids: Collection[int] | None,
    *,
    open_to_others: bool = False,
) -> None:
    """Write into the rows what each had to do with the events, and the sums over them all."""
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


def _events(held: CTE) -> list[GridEvent]:
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
