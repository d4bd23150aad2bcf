"""A page of the table of organisations × activities, from a register of any length.

A page is one page of work: the database finds and sorts the organisations of the page, and only
their marks are looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from sqlalchemy import CTE, ColumnElement, Select, func, or_, select, tuple_

from coopevents.attendance import counting
from coopevents.attendance.grid import LISTED_KINDS, Grid, GridRow, events_of, fill
from coopevents.attendance.models import WalkIn
from coopevents.db import db
from coopevents.directory import identity, narrowing
from coopevents.directory import queries as directory
from coopevents.directory.models import Organisation, OrganisationKind, OrganisationName
from coopevents.directory.narrowing import Standing
from coopevents.errors import InputError
from coopevents.events.models import Event, EventContent
from coopevents.i18n import _
from coopevents.invitations.models import Invitation, InvitationState
from coopevents.programme.models import Programme
from coopevents.registrations.models import Representation

by_name = OrganisationName.name_sort.collate("C")

FIRST_LOOK = 400
"""Of how many organisations the ledger is asked first, to find a page that bears a mark."""


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

    @property
    def together(self) -> int:
        """How many there are, whatever their mark."""
        return self.came + self.absent + self.never

    def __add__(self, other: "MarkCounts") -> "MarkCounts":
        """Answer the counts of both; an organisation has one mark, so they add up."""
        return MarkCounts(
            self.came + other.came, self.absent + other.absent, self.never + other.never
        )


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
    fill(rows, chosen, None if limit is None else list(rows))
    return GridPage(
        events=events_of(chosen),
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


def count_marks(programme: Programme, asked: Asked) -> dict[OrganisationKind, MarkCounts]:
    """Answer how many organisations of each kind bear each mark; `page` with its `show` lists them.

    It looks at every mark of the activities, so that pages ask it apart.
    """
    chosen = _chosen(programme, asked)
    stood = counting.count_over(chosen).representing
    invitations = counting.invited_organisations(chosen)
    came = select(stood.c.organisation_id).distinct().cte("came")
    invited = select(invitations.c.organisation_id).distinct().cte("invited")
    # Both are joined, not asked of each organisation: all organisations are looked at here.
    each = (
        _organisations(programme, asked, chosen)
        .outerjoin(came, came.c.organisation_id == Organisation.id)
        .outerjoin(invited, invited.c.organisation_id == Organisation.id)
        .with_only_columns(
            Organisation.kind,
            came.c.organisation_id.is_not(None).label("came"),
            invited.c.organisation_id.is_not(None).label("invited"),
            maintain_column_froms=True,
        )
        .subquery("each")
    )
    found = select(
        each.c.kind,
        func.count().filter(each.c.came),
        func.count().filter(each.c.invited, ~each.c.came),
        func.count().filter(~each.c.invited, ~each.c.came),
    ).group_by(each.c.kind)
    told = {kind: MarkCounts(*numbers) for kind, *numbers in db.session.execute(found)}
    return {kind: told.get(kind, MarkCounts(0, 0, 0)) for kind in LISTED_KINDS}


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


def _organisations(programme: Programme, asked: Asked, chosen: CTE) -> Any:
    operating = narrowing.stands(Standing.OPERATING, asked.to_on)
    return (
        select(
            Organisation.id, Organisation.kind, OrganisationName.name, OrganisationName.name_sort
        )
        .join(OrganisationName, OrganisationName.organisation_id == Organisation.id)
        .where(
            Organisation.register_id == programme.register_id,
            Organisation.duplicate_of_id.is_(None),
            Organisation.kind.in_(LISTED_KINDS),
            directory.called_on(asked.to_on),
            or_(operating, _is_invited(chosen), _has_delegate(chosen)),
            *asked.narrowed,
        )
    )


def _candidates(programme: Programme, asked: Asked, chosen: CTE) -> Select[Any]:
    """Answer the organisations that may bear the mark, in the order of their names."""
    found: Select[Any] = _organisations(programme, asked, chosen).order_by(by_name, Organisation.id)
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
    return identity.has(table, table.event_id.in_(select(chosen.c.event_id)), *conditions)


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
