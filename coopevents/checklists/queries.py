from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import contains_eager, joinedload

from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import Event, EventSession, EventState, SessionState
from coopevents.i18n import _


@dataclass(frozen=True)
class Progress:
    """How much of a list is done."""

    done: int
    all: int


def get_item(item_id: int, event: Event) -> ChecklistItem:
    """Answer the item, if it is of the event, dropped or not. Raises NotFoundError otherwise."""
    item = db.session.get(ChecklistItem, item_id)
    if item is None or item.event_id != event.id:
        raise NotFoundError(_("There is no such item on the list."))
    return item


def find_item(item_id: int | None, programme_id: int | None) -> ChecklistItem | None:
    """Answer the item of an activity of the programme, or None."""
    return db.session.scalar(
        select(ChecklistItem)
        .join(Event, Event.id == ChecklistItem.event_id)
        .where(ChecklistItem.id == item_id, Event.programme_id == programme_id)
    )


def list_items(event: Event) -> list[ChecklistItem]:
    """Answer what stands on the event's list, in its order."""
    return list(
        db.session.scalars(
            select(ChecklistItem)
            .where(ChecklistItem.event_id == event.id, ChecklistItem.dropped_at.is_(None))
            .options(joinedload(ChecklistItem.owner), joinedload(ChecklistItem.done_by))
            .order_by(ChecklistItem.rank, ChecklistItem.id)
        )
    )


def list_ever_listed(event: Event) -> list[ChecklistItem]:
    """Answer everything that ever stood on the event's list, dropped or not, in its order."""
    return list(
        db.session.scalars(
            select(ChecklistItem)
            .where(ChecklistItem.event_id == event.id)
            .order_by(ChecklistItem.rank, ChecklistItem.id)
        )
    )


def list_dropped(event: Event) -> list[ChecklistItem]:
    """Answer what was taken off the event's list, in the order it stood there."""
    return [item for item in list_ever_listed(event) if item.dropped_at is not None]


def progress(items: Sequence[ChecklistItem]) -> Progress:
    """Answer how much of what stands on the list is done."""
    return Progress(sum(item.done_at is not None for item in items), len(items))


def list_due(
    programme_id: int | None, until: date, owner_id: int | None = None, *, limit: int = 200
) -> list[ChecklistItem]:
    """Answer what is still to be done by that day or was due before, the longest overdue first.

    With `owner_id` only what is hers and what is nobody's, hers first on each day. Of an activity
    that is over only what comes after it is still to be done; of a cancelled one nothing.
    """
    found = (
        select(ChecklistItem)
        .join(Event, Event.id == ChecklistItem.event_id)
        .where(
            Event.programme_id == programme_id,
            ChecklistItem.done_at.is_(None),
            ChecklistItem.dropped_at.is_(None),
            ChecklistItem.due_on <= until,
            _still_to_be_done(),
        )
        .options(contains_eager(ChecklistItem.event), joinedload(ChecklistItem.owner))
        .order_by(
            ChecklistItem.due_on,
            ChecklistItem.owner_id.is_(None),
            Event.id,
            ChecklistItem.rank,
            ChecklistItem.id,
        )
        .limit(limit)
    )
    if owner_id is not None:
        found = found.where(
            or_(ChecklistItem.owner_id == owner_id, ChecklistItem.owner_id.is_(None))
        )
    return list(db.session.scalars(found))


def _still_to_be_done() -> ColumnElement[bool]:
    last_day = (
        select(func.max(EventSession.held_on))
        .where(
            EventSession.event_id == Event.id,
            EventSession.state.in_([SessionState.PLANNED, SessionState.HELD]),
        )
        .scalar_subquery()
    )
    comes_after = or_(
        ChecklistItem.anchor == Anchor.AFTER_LAST,
        and_(ChecklistItem.anchor.is_(None), ChecklistItem.due_on > last_day),
    )
    return or_(
        Event.state.in_([EventState.DRAFT, EventState.PUBLISHED, EventState.POSTPONED]),
        and_(Event.state == EventState.CLOSED, comes_after),
    )
