"""Which calls after fairs are due: the database tells them a page at a time."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, TypedDict, Unpack

from sqlalchemy import (
    BigInteger,
    Date,
    Integer,
    Select,
    Subquery,
    and_,
    column,
    func,
    or_,
    select,
    values,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from coopevents.db import db, valid_on
from coopevents.directory import identity
from coopevents.directory import queries as directory
from coopevents.directory.models import (
    LineageKind,
    OrganisationLineage,
    OrganisationStatus,
    OrganisationStatusKind,
)
from coopevents.events.models import EventHost
from coopevents.outcomes.trade import counting, tracing
from coopevents.outcomes.trade.models import CallOutcome, TradeCall, TradeStand
from coopevents.outcomes.trade.months import MONTHS, add_months
from coopevents.programme.models import Programme

SETTLED = frozenset({CallOutcome.NOTHING_NEW, CallOutcome.HAS_RESULTS})
"""What ends the call of a month; who was not reached, or asks for another day, stays due."""


@dataclass(frozen=True)
class DueRow:
    """An organisation to be called about an activity, for the last month that has come."""

    stand_id: int
    event_id: int
    organisation_id: int
    month: int
    due_on: date


class Page(TypedDict, total=False):
    """Which due calls are asked for: of an activity, of those a body hosts, how many of them."""

    event_id: int | None
    body_id: int | None
    first: int
    limit: int | None


def count_due(
    programme: Programme, today: date, *, event_id: int | None = None, body_id: int | None = None
) -> int:
    """Answer how many calls are due on the day."""
    asked = _due(programme, today, event_id, body_id)
    if asked is None:
        return 0
    return db.session.scalar(select(func.count()).select_from(asked.subquery())) or 0


def list_due(programme: Programme, today: date, **page: Unpack[Page]) -> list[DueRow]:
    """Answer the calls that are due on the day, those due longest first.

    One is due for each organisation and activity: a later month takes the place of an earlier one
    that nobody called for. Who has ended and became nothing else is called no more.
    """
    asked = _due(programme, today, page.get("event_id"), page.get("body_id"))
    if asked is None:
        return []
    some = asked.subquery()
    rows = db.session.execute(
        select(some)
        .order_by(some.c.due_on, some.c.event_id, some.c.organisation_id)
        .offset(page.get("first", 0))
        .limit(page.get("limit"))
    )
    return [DueRow(*row) for row in rows]


def _due(
    programme: Programme, today: date, event_id: int | None, body_id: int | None
) -> Select[Any] | None:
    """Answer the statement of what is due; None where no fair has been held."""
    days = _last_days(programme, today, event_id, body_id)
    if not days:
        return None
    fairs = _come(days, today)
    stands = _stands(days)
    calls = _calls(days)
    return (
        select(
            stands.c.stand_id,
            stands.c.event_id,
            stands.c.organisation_id,
            fairs.c.month,
            fairs.c.due_on,
        )
        .join(fairs, fairs.c.event_id == stands.c.event_id)
        .outerjoin(
            calls,
            and_(
                calls.c.event_id == stands.c.event_id,
                calls.c.organisation_id == stands.c.organisation_id,
                calls.c.due_month == fairs.c.month,
            ),
        )
        .where(
            func.coalesce(calls.c.is_settled, False).is_(False),
            func.coalesce(calls.c.again_on, today) <= today,
            stands.c.organisation_id.not_in(_gone(stands, programme, today)),
        )
    )


def _last_days(
    programme: Programme, today: date, event_id: int | None, body_id: int | None
) -> dict[int, date]:
    days = {fair.event_id: fair.last_on for fair in counting.held_fairs(programme, date.min, today)}
    if event_id is not None:
        days = {id_: day for id_, day in days.items() if id_ == event_id}
    if body_id is not None:
        hosted = db.session.scalars(select(EventHost.event_id).where(EventHost.body_id == body_id))
        days = {id_: days[id_] for id_ in hosted if id_ in days}
    return days


def _come(days: dict[int, date], today: date) -> Any:
    """Answer of each fair the last month that has come, and on which day it did."""
    told = []
    for event_id, last_on in days.items():
        month = [month for month in MONTHS if add_months(last_on, month) <= today][-1]
        told.append((event_id, month, add_months(last_on, month)))
    columns = column("event_id", BigInteger), column("month", Integer), column("due_on", Date)
    return values(*columns, name="fairs").data(told)


def _stands(event_ids: Collection[int]) -> Subquery:
    merged = identity.merged_organisations()
    kept = identity.counts_as(TradeStand.organisation_id, merged)
    return (
        select(
            func.min(TradeStand.id).label("stand_id"),
            TradeStand.event_id,
            kept.label("organisation_id"),
        )
        .outerjoin(merged, merged.c.id == TradeStand.organisation_id)
        .where(TradeStand.event_id.in_(event_ids))
        .group_by(TradeStand.event_id, kept)
        .subquery("stands")
    )


def _calls(event_ids: Collection[int]) -> Subquery:
    """Answer by activity, organisation and month whether a call was settled, and when to try again.

    The last call says when.
    """
    merged = identity.merged_organisations()
    kept = identity.counts_as(TradeCall.organisation_id, merged)
    days = aggregate_order_by(
        TradeCall.call_again_on, TradeCall.called_at.desc(), TradeCall.id.desc()
    )
    return (
        select(
            TradeCall.event_id,
            kept.label("organisation_id"),
            TradeCall.due_month,
            func.bool_or(TradeCall.outcome.in_(SETTLED)).label("is_settled"),
            func.array_agg(days, type_=ARRAY(Date))[1].label("again_on"),
        )
        .outerjoin(merged, merged.c.id == TradeCall.organisation_id)
        .where(TradeCall.event_id.in_(event_ids))
        .group_by(TradeCall.event_id, kept, TradeCall.due_month)
        .subquery("calls")
    )


def _gone(stands: Subquery, programme: Programme, today: date) -> list[int]:
    """Answer which of them have ended; one that converted goes on as what it became."""
    ended = OrganisationStatusKind.DISSOLVED
    have_ended = select(OrganisationStatus.organisation_id).where(
        OrganisationStatus.status == ended, valid_on(OrganisationStatus, today)
    )
    converted = identity.with_kept(
        select(OrganisationLineage.old_id).where(OrganisationLineage.kind == LineageKind.CONVERT)
    )
    # Few have, so their stories are followed and those of all the others are not.
    some = db.session.scalars(
        select(stands.c.organisation_id)
        .where(
            or_(
                stands.c.organisation_id.in_(have_ended),
                stands.c.organisation_id.in_(converted),
            )
        )
        .distinct()
    ).all()
    now = tracing.stories_of(some, programme.register_id)
    states = directory.status_on(set(now.values()), today)
    return [id_ for id_, story_id in now.items() if states.get(story_id) is ended]
