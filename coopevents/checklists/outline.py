"""A checklist without its days and ticks: what an activity held again takes over."""

from collections.abc import Iterable
from datetime import date

from coopevents.checklists import queries
from coopevents.checklists.due import Timing, first_and_last
from coopevents.checklists.models import Anchor, ChecklistItem
from coopevents.checklists.service import ItemPlan
from coopevents.db import Json
from coopevents.events import queries as events
from coopevents.events.models import Event


def describe(event: Event) -> list[Json]:
    """Answer what is on the list, as plain JSON; a day set by hand is counted from the sessions."""
    first, last = first_and_last(events.list_sessions(event))
    return [
        {"text": item.text, "owner_id": item.owner_id, **_timing(item, first, last)}
        for item in queries.list_items(event)
    ]


def _timing(item: ChecklistItem, first: date | None, last: date | None) -> Json:
    anchor, days = item.anchor, item.offset_days
    if anchor is None and item.due_on and first and last:
        before = item.due_on <= first
        anchor = Anchor.BEFORE_FIRST if before else Anchor.AFTER_LAST
        days = (first - item.due_on).days if before else max((item.due_on - last).days, 0)
    return {"anchor": anchor.value if anchor else None, "offset_days": days if anchor else None}


def to_plans(said: Iterable[Json]) -> list[ItemPlan]:
    """Answer the items as they are planned for another activity."""
    return [
        ItemPlan(
            one["text"],
            Timing(Anchor(one["anchor"]) if one["anchor"] else None, one["offset_days"]),
            one["owner_id"],
        )
        for one in said
    ]
