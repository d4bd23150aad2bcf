"""What the participants of an activity are paid: set, changed, taken away."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from coopevents.audit import service as audit
from coopevents.budgets.models import AllowanceRate, PaidFor
from coopevents.db import db
from coopevents.directory.models import PostKind
from coopevents.errors import InputError
from coopevents.events.models import Event
from coopevents.events.service import lock
from coopevents.i18n import _


@dataclass(frozen=True)
class RatePlan:
    """What is paid for what; `post_kind` None: to every delegate without a rate of her own."""

    paid_for: PaidFor
    post_kind: PostKind | None
    value: int


def add_rate(event: Event, plan: RatePlan) -> AllowanceRate:
    """Pay so from now on; a second rate for the same is refused, unless it is the same."""
    lock(event)
    known = _same(event, plan)
    if known is not None and known.value == plan.value:
        return known
    if known is not None:
        raise InputError.at("paid_for", _("There is a rate for this already: change that one."))
    rate = AllowanceRate(event_id=event.id, **vars(plan))
    db.session.add(rate)
    db.session.flush()
    _tell("allowance.set", event, rate, {name: (None, value) for name, value in vars(plan).items()})
    return rate


def change_rate(event: Event, rate: AllowanceRate, plan: RatePlan) -> None:
    """Pay so instead."""
    lock(event)
    other = _same(event, plan)
    if other is not None and other is not rate:
        raise InputError.at("paid_for", _("There is a rate for this already: change that one."))
    changes = {
        name: (getattr(rate, name), value)
        for name, value in vars(plan).items()
        if getattr(rate, name) != value
    }
    if not changes:
        return
    for name, value in vars(plan).items():
        setattr(rate, name, value)
    db.session.flush()
    _tell("allowance.changed", event, rate, changes)


def drop_rate(event: Event, rate: AllowanceRate) -> None:
    """Pay it no longer."""
    lock(event)
    columns = ("paid_for", "post_kind", "value")
    _tell("allowance.dropped", event, rate, {name: (getattr(rate, name), None) for name in columns})
    db.session.delete(rate)
    db.session.flush()


def _same(event: Event, plan: RatePlan) -> AllowanceRate | None:
    return db.session.scalar(
        select(AllowanceRate).where(
            AllowanceRate.event_id == event.id,
            AllowanceRate.paid_for == plan.paid_for,
            AllowanceRate.post_kind.is_not_distinct_from(plan.post_kind),
        )
    )


def _tell(act: str, event: Event, rate: AllowanceRate, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(
        act,
        "allowance_rate",
        rate.id,
        programme_id=event.programme_id,
        changes=audit.readable(changes),
    )
