"""What activities were to cost and did cost, by whose money: one sum, and the rows behind it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, Subquery, func, select
from sqlalchemy.orm import aliased, contains_eager

from coopevents.budgets.models import AllowanceRate, BudgetLine, BudgetSpending, FundSource
from coopevents.db import db
from coopevents.errors import NotFoundError
from coopevents.events.models import Event
from coopevents.i18n import _


@dataclass(frozen=True)
class Total:
    """What was planned and what was spent, in đồng; None where nobody said anything of it."""

    planned: int | None
    spent: int | None
    without_plan: int = 0
    """Lines of which nobody said what they are to cost; their spending is in `spent`."""

    @property
    def left(self) -> int | None:
        """What of the plan is not spent; below zero when more was spent."""
        return None if self.planned is None else self.planned - (self.spent or 0)

    @property
    def percent(self) -> Decimal | None:
        """How much of the plan is spent; None where nothing was planned, or nothing told."""
        if not self.planned or self.spent is None:
            return None
        exact = Decimal(self.spent) * 100 / Decimal(self.planned)
        return exact.quantize(Decimal("0.1"), ROUND_HALF_UP)

    @property
    def is_overspent(self) -> bool:
        """Whether more was spent than was planned."""
        return self.left is not None and self.left < 0

    @classmethod
    def of(cls, totals: Iterable["Total"]) -> "Total":
        """Answer what they are together; what is missing in all of them stays missing."""
        parts = list(totals)
        return cls(
            _sum(part.planned for part in parts),
            _sum(part.spent for part in parts),
            sum(part.without_plan for part in parts),
        )


def _sum(values: Iterable[int | None]) -> int | None:
    told = [value for value in values if value is not None]
    return sum(told) if told else None


@dataclass(frozen=True)
class Line:
    """A line of a budget and what of it was spent."""

    line: BudgetLine
    total: Total


@dataclass(frozen=True)
class Spending:
    """A row of what was paid, and whether a later row stands instead of it."""

    row: BudgetSpending
    is_replaced: bool

    @property
    def stands(self) -> bool:
        """Whether it counts: it was neither corrected nor taken back, and takes nothing back."""
        return not self.is_replaced and self.row.value is not None


def total_by_source(event_ids: Collection[int]) -> dict[int, dict[FundSource, Total]]:
    """Answer what each activity was to cost and did cost by whose money it was.

    A source without a line is not there, and neither is an activity without any.
    """
    spent = _spent(BudgetSpending.event_id.in_(event_ids))
    found: dict[int, dict[FundSource, Total]] = {}
    rows = db.session.execute(
        select(
            BudgetLine.event_id,
            BudgetLine.source,
            func.sum(BudgetLine.planned),
            func.sum(spent.c.value),
            func.count().filter(BudgetLine.planned.is_(None)),
        )
        .outerjoin(spent, spent.c.line_id == BudgetLine.id)
        .where(BudgetLine.event_id.in_(event_ids), BudgetLine.dropped_at.is_(None))
        .group_by(BudgetLine.event_id, BudgetLine.source)
    )
    for event_id, source, planned, paid, without_plan in rows:
        total = Total(_whole(planned), _whole(paid), without_plan)
        found.setdefault(event_id, {})[source] = total
    return {
        event_id: {source: totals[source] for source in FundSource if source in totals}
        for event_id, totals in found.items()
    }


def list_lines(event: Event) -> list[Line]:
    """Answer the lines of the activity's budget by source, each with what of it was spent."""
    spent = _spent(BudgetSpending.event_id == event.id)
    rows = db.session.execute(
        select(BudgetLine, spent.c.value)
        .outerjoin(spent, spent.c.line_id == BudgetLine.id)
        .where(BudgetLine.event_id == event.id, BudgetLine.dropped_at.is_(None))
        .order_by(BudgetLine.rank, BudgetLine.id)
    )
    lines = [
        Line(line, Total(line.planned, _whole(paid), int(line.planned is None)))
        for line, paid in rows
    ]
    order = list(FundSource)
    return sorted(lines, key=lambda one: order.index(one.line.source))


def list_spendings(event: Event) -> list[Spending]:
    """Answer everything that was ever recorded as paid for the activity, the newest first."""
    later = aliased(BudgetSpending)
    rows = db.session.execute(
        select(BudgetSpending, later.id.is_not(None))
        .join(BudgetSpending.line)
        .outerjoin(later, later.corrects_id == BudgetSpending.id)
        .where(BudgetSpending.event_id == event.id)
        .options(contains_eager(BudgetSpending.line))
        .order_by(BudgetSpending.id.desc())
    )
    return [Spending(row, is_replaced) for row, is_replaced in rows]


def _spent(*conditions: ColumnElement[bool]) -> Subquery:
    """Answer what was paid of each line, among rows that meet these: line_id, value."""
    later = aliased(BudgetSpending)
    standing: Select[*tuple[Any, ...]] = (
        select(BudgetSpending.line_id, func.sum(BudgetSpending.value).label("value"))
        .where(
            BudgetSpending.value.is_not(None),
            ~select(later.id).where(later.corrects_id == BudgetSpending.id).exists(),
            *conditions,
        )
        .group_by(BudgetSpending.line_id)
    )
    return standing.subquery("spent")


def _whole(value: Decimal | None) -> int | None:
    return None if value is None else int(value)


def get_line(line_id: int, event: Event) -> BudgetLine:
    """Answer the line, if it is of the event, dropped or not. Raises NotFoundError otherwise."""
    line = db.session.get(BudgetLine, line_id)
    if line is None or line.event_id != event.id:
        raise NotFoundError(_("There is no such line in the budget."))
    return line


def get_spending(spending_id: int, event: Event) -> Spending:
    """Answer what was paid, if it was for the event. Raises NotFoundError otherwise."""
    row = db.session.get(BudgetSpending, spending_id)
    if row is None or row.event_id != event.id:
        raise NotFoundError(_("There is no such payment."))
    later = select(BudgetSpending.id).where(BudgetSpending.corrects_id == row.id)
    return Spending(row, db.session.scalar(later) is not None)


def find_submission(submission_id: Any) -> BudgetSpending | None:
    """Answer what was recorded by the form of this number."""
    return db.session.scalar(
        select(BudgetSpending).where(BudgetSpending.submission_id == submission_id)
    )


def list_rates(event: Event) -> list[AllowanceRate]:
    """Answer what the participants of the activity are paid, what is for everybody first."""
    rates = db.session.scalars(
        select(AllowanceRate).where(AllowanceRate.event_id == event.id).order_by(AllowanceRate.id)
    )
    order = ["session", "day", "travel"]
    return sorted(
        rates, key=lambda rate: (order.index(rate.paid_for.value), rate.post_kind is not None)
    )


def get_rate(rate_id: int, event: Event) -> AllowanceRate:
    """Answer the rate, if it is of the event. Raises NotFoundError otherwise."""
    rate = db.session.get(AllowanceRate, rate_id)
    if rate is None or rate.event_id != event.id:
        raise NotFoundError(_("There is no such rate."))
    return rate
