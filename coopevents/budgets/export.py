"""A budget, its payments and its allowances as lists to take away: numbers stay numbers."""

from collections.abc import Iterator, Mapping, Sequence

from coopevents.budgets.allowances import AllowanceList
from coopevents.budgets.models import AllowanceRate, FundSource
from coopevents.budgets.queries import Line, Spending, Total
from coopevents.budgets.words import PAID_FOR_NAMES, SOURCE_NAMES
from coopevents.clock import local
from coopevents.events.models import Event
from coopevents.i18n import _, _n, number
from coopevents.listing import Column, Listing, Value
from coopevents.people.words import POST_NAMES


def budget(event: Event, lines: Sequence[Line], totals: Mapping[FundSource, Total]) -> Listing:
    """Answer the budget as a file: its lines, and below them the totals by source and in all."""
    columns = [
        Column(_("Whose money"), 24),
        Column(_("Named"), 24),
        Column(_("What is paid for"), 40),
        Column(_("How many"), 10),
        Column(_("Unit"), 12),
        Column(_("Budgeted (đ)"), 16),
        Column(_("Spent (đ)"), 16),
        Column(_("Remaining (đ)"), 16),
        Column(_("Spent, in percent of the plan"), 12),
    ]
    return Listing(_("Budget"), columns, _budget_rows(lines, totals), [event.title])


def _budget_rows(
    lines: Sequence[Line], totals: Mapping[FundSource, Total]
) -> Iterator[list[Value]]:
    for one in lines:
        line = one.line
        yield [
            str(SOURCE_NAMES[line.source]),
            line.source_name,
            line.item,
            line.quantity,
            line.unit,
            *_money(one.total),
        ]
    for source, total in totals.items():
        name = _("Total: %(name)s", name=SOURCE_NAMES[source])
        yield [name, None, None, None, None, *_money(total)]
    yield [_("Total"), None, None, None, None, *_money(Total.of(totals.values()))]


def _money(total: Total) -> list[Value]:
    return [total.planned, total.spent, total.left, total.percent]


def spendings(event: Event, paid: Sequence[Spending]) -> Listing:
    """Answer every payment as it was recorded, those corrected or taken back among them."""
    columns = [
        Column(_("Number"), 10),
        Column(_("Paid on"), 12),
        Column(_("Whose money"), 24),
        Column(_("What is paid for"), 40),
        Column(_("Amount (đ)"), 16),
        Column(_("Number of the voucher"), 18),
        Column(_("Note"), 30),
        Column(_("Counts"), 10),
        Column(_("Stands instead of number"), 12),
        Column(_("Reason"), 30),
        Column(_("Recorded by"), 24),
        Column(_("Recorded on"), 14),
    ]
    rows: Iterator[list[Value]] = (
        [
            one.row.id,
            one.row.spent_on,
            str(SOURCE_NAMES[one.row.line.source]),
            one.row.line.item,
            one.row.value,
            one.row.voucher,
            one.row.note,
            _("yes") if one.stands else _("no"),
            one.row.corrects_id,
            one.row.reason,
            one.row.recorded_by_label,
            local(one.row.recorded_at).date(),
        ]
        for one in paid
    )
    return Listing(_("Payments"), columns, rows, [event.title])


def allowances(event: Event, due: AllowanceList, bodies: Sequence[str]) -> Listing:
    """Answer the list of allowances as a file, with room to sign."""
    columns = [
        Column(_("No."), 6),
        Column(_("Full name"), 30),
        Column(_("Organisations"), 44),
        Column(_("Post"), 22),
        Column(_("Sessions attended"), 10),
        Column(_("Amount (đ)"), 16),
        Column(_("Signature"), 24),
    ]
    notes = [*bodies, event.title, *([_("Provisional")] if due.is_provisional else [])]
    notes += [*map(told_rate, due.rates), in_words(due)]
    return Listing(_("List of allowances"), columns, _allowance_rows(due), notes)


def _allowance_rows(due: AllowanceList) -> Iterator[list[Value]]:
    for place, line in enumerate(due.lines, start=1):
        yield [
            place,
            line.full_name,
            "; ".join(line.organisations),
            str(POST_NAMES[line.post]),
            line.sessions,
            line.amount,
            None,
        ]
    sessions = sum(line.sessions for line in due.lines)
    yield [None, _("Total"), None, None, sessions, due.total, None]


def told_rate(rate: AllowanceRate) -> str:
    """Answer a rate in words: for what, to whom, how much."""
    whom = str(POST_NAMES[rate.post_kind]) if rate.post_kind else _("every delegate")
    return _(
        "%(what)s, %(whom)s: %(value)s đ",
        what=PAID_FOR_NAMES[rate.paid_for],
        whom=whom,
        value=number(rate.value),
    )


def in_words(due: AllowanceList) -> str:
    """Answer how many people the list names."""
    people = len(due.lines)
    return _n("%(shown)s person", "%(shown)s people", people, shown=number(people))
