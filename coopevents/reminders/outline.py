"""The reminders of an activity as another one takes them over: rules, never what was sent."""

from collections.abc import Iterable

from coopevents.db import Json
from coopevents.events.models import Event
from coopevents.reminders import queries
from coopevents.reminders.models import Anchor


def describe(event: Event) -> list[Json]:
    """Answer the standing rules as plain JSON."""
    return [
        {"anchor": rule.anchor.value, "days_before": rule.days_before}
        for rule in queries.list_rules(event)
    ]


def to_rules(said: Iterable[Json]) -> list[tuple[Anchor, int]]:
    """Answer the rules as they are planned for another activity."""
    return [(Anchor(one["anchor"]), one["days_before"]) for one in said]
