"""Keeping the budget of an activity: what is planned is changed, what was paid is corrected."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from coopevents import access, clock, names
from coopevents.audit import service as audit
from coopevents.budgets import queries
from coopevents.budgets.models import BudgetLine, BudgetSpending, FundSource
from coopevents.budgets.queries import Spending
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.events.models import Event
from coopevents.events.service import lock
from coopevents.i18n import _, day
from coopevents.money import MOST


@dataclass(frozen=True)
class LinePlan:
    """What is to be paid for, out of whose money, and how much of it."""

    source: FundSource
    item: str
    source_name: str = ""
    quantity: int | None = None
    unit: str = ""
    planned: int | None = None


@dataclass(frozen=True)
class Payment:
    """What was paid, when, by which voucher."""

    spent_on: date
    value: int
    voucher: str = ""
    note: str = ""


def add_line(event: Event, plan: LinePlan, submission_id: UUID | None = None) -> BudgetLine:
    """Put one more line into the budget. The same form sent twice adds it once."""
    lock(event)
    known = submission_id and db.session.scalar(
        select(BudgetLine).where(BudgetLine.submission_id == submission_id)
    )
    if known:
        return known
    columns = _columns(plan)
    last = db.session.scalar(
        select(func.max(BudgetLine.rank)).where(BudgetLine.event_id == event.id)
    )
    line = BudgetLine(
        event_id=event.id,
        rank=(last or 0) + 1,
        submission_id=submission_id,
        created_by_id=_user_id(),
        **columns,
    )
    db.session.add(line)
    db.session.flush()
    _tell("budget.line_added", event, line, {name: (None, v) for name, v in columns.items()})
    return line


def change_line(event: Event, line: BudgetLine, plan: LinePlan) -> None:
    """Have the line say so. What was paid of it stays."""
    lock(event)
    _refresh(line)
    columns = _columns(plan)
    changes = {
        name: (getattr(line, name), value)
        for name, value in columns.items()
        if getattr(line, name) != value
    }
    if not changes:
        return
    for name, value in columns.items():
        setattr(line, name, value)
    db.session.flush()
    _tell("budget.line_changed", event, line, changes)


def drop_line(event: Event, line: BudgetLine) -> None:
    """Take a line out of the budget, of which nothing was paid. Twice changes nothing."""
    lock(event)
    db.session.refresh(line)
    if line.dropped_at is not None:
        return
    if any(one.stands and one.row.line_id == line.id for one in queries.list_spendings(event)):
        raise DomainError(_("Something was paid of this line, so it stays."))
    line.dropped_at = clock.now()
    db.session.flush()
    _tell("budget.line_dropped", event, line, {"item": (line.item, None)})


def spend(event: Event, line: BudgetLine, paid: Payment, submission_id: UUID) -> BudgetSpending:
    """Record that money was paid. The same form sent twice records it once.

    More than was planned may be paid: the page tells of it.
    """
    lock(event)
    known = queries.find_submission(submission_id)
    if known is not None:
        return known
    _refresh(line)
    return _record("budget.spent", event, line.id, paid, submission_id)


def correct_spending(
    event: Event,
    wrong: Spending,
    line: BudgetLine,
    paid: Payment,
    reason: str,
    submission_id: UUID,
) -> BudgetSpending:
    """Let this stand instead of what was recorded wrong; that stays to be read."""
    lock(event)
    known = queries.find_submission(submission_id)
    if known is not None:
        return known
    _refresh(line)
    row = _standing(event, wrong)
    reason = _needed(reason, "reason")
    return _record(
        "budget.spending_corrected", event, line.id, paid, submission_id, corrects=row, why=reason
    )


def take_back_spending(
    event: Event, wrong: Spending, reason: str, submission_id: UUID
) -> BudgetSpending:
    """Say that this was not paid at all; it stays to be read."""
    lock(event)
    known = queries.find_submission(submission_id)
    if known is not None:
        return known
    row = _standing(event, wrong)
    reason = _needed(reason, "reason")
    return _record(
        "budget.spending_taken_back",
        event,
        row.line_id,
        None,
        submission_id,
        corrects=row,
        why=reason,
    )


def _standing(event: Event, wrong: Spending) -> BudgetSpending:
    if not queries.get_spending(wrong.row.id, event).stands:
        raise DomainError(_("This payment was corrected or taken back already."))
    return wrong.row


def _record(
    act: str,
    event: Event,
    line_id: int,
    paid: Payment | None,
    submission_id: UUID,
    *,
    corrects: BudgetSpending | None = None,
    why: str | None = None,
) -> BudgetSpending:
    if paid is not None:
        _check(paid)
    who = access.actor()
    row = BudgetSpending(
        event_id=event.id,
        line_id=line_id,
        spent_on=paid.spent_on if paid else corrects.spent_on if corrects else clock.today(),
        value=paid.value if paid else None,
        voucher=names.clean(paid.voucher) if paid else "",
        note=names.clean(paid.note) if paid else "",
        corrects_id=corrects.id if corrects else None,
        reason=why,
        recorded_at=clock.now(),
        recorded_by_id=_user_id(),
        recorded_by_label=who.label,
        submission_id=submission_id,
    )
    db.session.add(row)
    db.session.flush()
    before = corrects.value if corrects else None
    changes = {"value": (before, row.value), "line_id": (None, line_id), "reason": (None, why)}
    audit.record(
        act,
        "budget_spending",
        row.id,
        programme_id=event.programme_id,
        changes=audit.readable(changes),
    )
    return row


def _check(paid: Payment) -> None:
    if paid.spent_on > clock.today():
        raise InputError.at("spent_on", _("%(day)s lies in the future.", day=day(paid.spent_on)))
    if paid.value not in range(1, MOST + 1):
        raise InputError.at("value", _("Give an amount above zero."))


def _columns(plan: LinePlan) -> dict[str, Any]:
    return {
        "source": plan.source,
        "source_name": names.clean(plan.source_name),
        "item": _needed(plan.item, "item"),
        "quantity": plan.quantity,
        "unit": names.clean(plan.unit),
        "planned": plan.planned,
    }


def _refresh(line: BudgetLine) -> None:
    db.session.refresh(line)
    require_listed(line)


def require_listed(line: BudgetLine) -> None:
    """Raise DomainError for a line that was taken out of the budget."""
    if line.dropped_at is not None:
        raise DomainError(_("This line was taken out of the budget meanwhile."))


def _needed(text: str, field: str) -> str:
    cleaned = names.clean(text)
    if not cleaned:
        raise InputError.at(field, _("Please fill this in."))
    return cleaned


def _tell(act: str, event: Event, line: BudgetLine, changes: dict[str, tuple[Any, Any]]) -> None:
    audit.record(
        act,
        "budget_line",
        line.id,
        programme_id=event.programme_id,
        changes=audit.readable(changes),
    )


def _user_id() -> int | None:
    who = access.actor()
    return who.id if who.kind == "user" else None
