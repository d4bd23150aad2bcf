"""Keeping the checklist of an activity. Its items move when the activity moves."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import func, select

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.checklists import queries
from coopevents.checklists.due import Timing, due_days
from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events import queries as events
from coopevents.events.models import Event, EventKind
from coopevents.events.service import lock
from coopevents.i18n import _, force_locale, translated


@dataclass(frozen=True)
class ItemPlan:
    """What is to be done, by whom and by when."""

    text: str
    timing: Timing = field(default_factory=Timing)
    owner_id: int | None = None


def start(event: Event) -> list[ChecklistItem]:
    """Write the checklist of the event's kind, in the language of the office.

    A list that somebody has begun stays as it is; calling this twice changes nothing.
    """
    return start_with(event, _plans_of(event.kind))


def _plans_of(kind: EventKind) -> list[ItemPlan]:
    with force_locale(current_app.config["BABEL_DEFAULT_LOCALE"]):
        return [
            ItemPlan(translated(said["text"]), _timing(said["days_before"]))
            for said in kind.checklist
        ]


def start_with(event: Event, plans: Sequence[ItemPlan]) -> list[ChecklistItem]:
    """Write these as the checklist of the event, where nobody has begun one."""
    lock(event)
    if queries.list_items(event):
        return []
    first = _next_rank(event)
    days = due_days(events.list_sessions(event), [plan.timing for plan in plans])
    items = [
        ChecklistItem(
            event_id=event.id,
            text=plan.text,
            anchor=plan.timing.anchor,
            offset_days=plan.timing.offset_days,
            due_on=day,
            owner_id=plan.owner_id,
            rank=rank,
            created_by_id=_user_id(),
        )
        for rank, (plan, day) in enumerate(zip(plans, days, strict=True), start=first)
    ]
    db.session.add_all(items)
    db.session.flush()
    if items:
        _tell("checklist.started", event, {"items": (None, len(items))})
    return items


def _timing(days_before: int) -> Timing:
    if days_before < 0:
        return Timing(Anchor.AFTER_LAST, -days_before)
    return Timing(Anchor.BEFORE_FIRST, days_before)


def follow_kind(event: Event, before: EventKind) -> bool:
    """Give a draft whose kind was changed the list of its new kind, if nobody touched the old one.

    Answers False where somebody did: what she wrote or marked stays, due by the sessions' days.
    """
    lock(event)
    db.session.expire(event, ["kind"])
    items = queries.list_ever_listed(event)
    plans, never_begun = _plans_of(before), not items and bool(before.checklist)
    if never_begun or plans == _plans_of(event.kind):
        reschedule(event)
        return True
    if [_as_begun(item) for item in items] != plans:
        reschedule(event)
        return False
    for item in items:
        db.session.delete(item)
    db.session.flush()
    if items:
        _tell("checklist.replaced", event, {"items": (len(items), len(event.kind.checklist))})
    start(event)
    return True


def _as_begun(item: ChecklistItem) -> ItemPlan | None:
    """Answer the plan the item was begun with; None for one that somebody added, did or dropped."""
    if item.submission_id is not None or item.done_at is not None or item.dropped_at is not None:
        return None
    return ItemPlan(item.text, _timing_of(item), item.owner_id)


def reschedule(event: Event) -> list[ChecklistItem]:
    """Have what is not done be due by the days of the sessions as they stand now.

    To be called by whatever moves, adds, cancels or calls back a session. What somebody set a day
    for herself stays. Answers the items whose day changed.
    """
    lock(event)
    items = [i for i in queries.list_items(event) if i.done_at is None and i.anchor is not None]
    days = due_days(
        events.list_sessions(event), [Timing(item.anchor, item.offset_days) for item in items]
    )
    moved = [(item, day) for item, day in zip(items, days, strict=True) if item.due_on != day]
    for item, day in moved:
        before, item.due_on = item.due_on, day
        _tell_item("checklist.rescheduled", item, {"due_on": (before, day)})
    db.session.flush()
    return [item for item, _day in moved]


def add_item(event: Event, plan: ItemPlan, submission_id: UUID | None = None) -> ChecklistItem:
    """Put one more thing at the end of the list. The same form sent twice adds it once."""
    lock(event)
    known = submission_id and db.session.scalar(
        select(ChecklistItem).where(ChecklistItem.submission_id == submission_id)
    )
    if known:
        return known
    item = ChecklistItem(
        event_id=event.id,
        rank=_next_rank(event),
        submission_id=submission_id,
        created_by_id=_user_id(),
        **_columns(event, plan),
    )
    db.session.add(item)
    db.session.flush()
    _tell_item("checklist.added", item, {"text": (None, item.text), "due_on": (None, item.due_on)})
    return item


def change_item(event: Event, item: ChecklistItem, plan: ItemPlan) -> None:
    """Have the item say so, be due so and belong to her."""
    _lock_item(item)
    columns = _columns(event, plan)
    changes = {
        name: (getattr(item, name), value)
        for name, value in columns.items()
        if getattr(item, name) != value
    }
    if not changes:
        return
    for name, value in columns.items():
        setattr(item, name, value)
    db.session.flush()
    _tell_item("checklist.changed", item, changes)


def mark_done(item: ChecklistItem) -> None:
    """Say that it is done. Whoever said so first did it."""
    _lock_item(item)
    if item.done_at is not None:
        return
    item.done_at, item.done_by_id = clock.now(), _user_id()
    db.session.flush()
    _tell_item("checklist.done", item, {"done_at": (None, item.done_at)})


def mark_open(event: Event, item: ChecklistItem) -> None:
    """Say that it is still to be done, by the day it is due as the sessions stand now."""
    _lock_item(item)
    if item.done_at is None:
        return
    before = item.done_at
    item.done_at = item.done_by_id = None
    (item.due_on,) = due_days(events.list_sessions(event), [_timing_of(item)])
    db.session.flush()
    _tell_item("checklist.reopened", item, {"done_at": (before, None)})


def drop_item(item: ChecklistItem) -> None:
    """Take it off the list: nobody needs to do it. Taking it off twice changes nothing."""
    db.session.refresh(item, with_for_update={"of": ChecklistItem})
    if item.dropped_at is not None:
        return
    item.dropped_at = clock.now()
    db.session.flush()
    _tell_item("checklist.dropped", item, {"text": (item.text, None)})


def put_back(event: Event, item: ChecklistItem) -> None:
    """Have it stand on the list again, where it stood, due as the sessions stand now.

    Putting it back twice changes nothing.
    """
    lock(event)
    db.session.refresh(item, with_for_update={"of": ChecklistItem})
    if item.dropped_at is None:
        return
    item.dropped_at = None
    if item.done_at is None:
        (item.due_on,) = due_days(events.list_sessions(event), [_timing_of(item)])
    db.session.flush()
    _tell_item("checklist.put_back", item, {"text": (None, item.text)})


def move_item(event: Event, item: ChecklistItem, up: bool, seen_rank: int) -> None:
    """Have it change places with its neighbour above or below.

    Somebody who saw it at another place than it stands at now moves nothing: she, or another,
    has moved it already.
    """
    lock(event)
    _lock_item(item)
    items = queries.list_items(event)
    place = items.index(item)
    other = place - 1 if up else place + 1
    if item.rank != seen_rank or other not in range(len(items)):
        return
    neighbour = items[other]
    before = item.rank
    item.rank, neighbour.rank = neighbour.rank, item.rank
    db.session.flush()
    _tell_item("checklist.moved", item, {"rank": (before, item.rank)})


def require_listed(item: ChecklistItem) -> None:
    """Raise DomainError for what was taken off the list."""
    if item.dropped_at is not None:
        raise DomainError(_("This was taken off the list meanwhile."))


def _columns(event: Event, plan: ItemPlan) -> dict[str, Any]:
    text = names.clean(plan.text)
    if not text:
        raise InputError.at("text", _("Please fill this in."))
    (day,) = due_days(events.list_sessions(event), [plan.timing])
    return {
        "text": text,
        "anchor": plan.timing.anchor,
        "offset_days": plan.timing.offset_days,
        "due_on": day,
        "owner_id": plan.owner_id,
    }


def _timing_of(item: ChecklistItem) -> Timing:
    if item.anchor is None:
        return Timing(due_on=item.due_on)
    return Timing(item.anchor, item.offset_days)


def _next_rank(event: Event) -> int:
    last = db.session.scalar(
        select(func.max(ChecklistItem.rank)).where(ChecklistItem.event_id == event.id)
    )
    return (last or 0) + 1


def _lock_item(item: ChecklistItem) -> None:
    # Of two who tap at the same moment the second sees what the first did.
    db.session.refresh(item, with_for_update={"of": ChecklistItem})
    require_listed(item)


def _tell(act: str, event: Event, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(act, "event", event.id, programme_id=event.programme_id, changes=changes)


def _tell_item(act: str, item: ChecklistItem, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(
        act,
        "checklist_item",
        item.id,
        programme_id=item.event.programme_id,
        changes=audit.readable(changes),
    )


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
