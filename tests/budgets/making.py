"""Budgets and allowances for tests, written straight into their tables."""

from datetime import date
from uuid import uuid4

from sqlalchemy import func, select

from coopevents.budgets.models import (
    AllowanceRate,
    BudgetLine,
    BudgetSpending,
    FundSource,
    PaidFor,
)
from coopevents.db import db
from coopevents.directory.models import PostKind
from coopevents.events.models import Event


def make_line(
    event: Event,
    planned: int | None = 1_000_000,
    *,
    source: FundSource = FundSource.BODY_FUNDS,
    item: str = "Thuê hội trường",
) -> BudgetLine:
    """Put a line into the budget of the activity."""
    rank = db.session.scalar(
        select(func.coalesce(func.max(BudgetLine.rank), 0) + 1).where(
            BudgetLine.event_id == event.id
        )
    )
    line = BudgetLine(event=event, source=source, item=item, planned=planned, rank=rank)
    db.session.add(line)
    db.session.flush()
    return line


def make_payment(
    line: BudgetLine,
    value: int | None = 400_000,
    *,
    spent_on: date = date(2026, 9, 1),
    corrects: BudgetSpending | None = None,
) -> BudgetSpending:
    """Have something paid of the line; with `corrects`, instead of another payment."""
    row = BudgetSpending(
        event_id=line.event_id,
        line_id=line.id,
        spent_on=spent_on,
        value=value,
        corrects_id=corrects.id if corrects else None,
        reason="Ghi nhầm" if corrects else None,
        recorded_by_label="Lê Thị Mẫu",
        submission_id=uuid4(),
    )
    db.session.add(row)
    db.session.flush()
    return row


def make_rate(
    event: Event,
    value: int = 50_000,
    paid_for: PaidFor = PaidFor.SESSION,
    post_kind: PostKind | None = None,
) -> AllowanceRate:
    """Have participants of the activity paid for something."""
    rate = AllowanceRate(event=event, paid_for=paid_for, post_kind=post_kind, value=value)
    db.session.add(rate)
    db.session.flush()
    return rate
