"""What was done for an activity, what came of it, and what it cost."""

from collections.abc import Sequence

from coopevents import clock
from coopevents.budgets import export as budget_export
from coopevents.budgets import queries as budgets
from coopevents.budgets.queries import Total
from coopevents.budgets.words import SOURCE_NAMES
from coopevents.checklists import queries as checklists
from coopevents.events.models import Event
from coopevents.handover.parts import Section, Table, workbook
from coopevents.i18n import _, day, number
from coopevents.outcomes.reach import queries as reach
from coopevents.outcomes.reach.words import CHANNEL_NAMES
from coopevents.outcomes.trade import queries as trade
from coopevents.outcomes.trade.queries import StandLine
from coopevents.outcomes.trade.words import name_of, vnd


def tell_results(event: Event) -> Section:
    """Answer what came of it: stands, products and contracts of a fair, or the declared reach."""
    tables = []
    if event.kind.takes_trade_results:
        lines = trade.list_stands(event, trade.day_of(event) or clock.today())
        tables += [_stands(lines), _results(event, lines)]
    if not event.kind.counts_attendance:
        declared = reach.by_channel(reach.list_standing(event))
        rows = [(str(CHANNEL_NAMES[one]), number(reached)) for one, reached in declared.items()]
        tables.append(Table(_("People reached"), [_("Channel"), _("Number")], rows))
    return Section("ket-qua", _("Results"), tables=tables)


def _stands(lines: Sequence[StandLine]) -> Table:
    columns = [_("Organisation"), _("Stands"), _("Products")]
    rows = [
        (line.name, line.stand.stands, ", ".join(one.product.name for one in line.products))
        for line in lines
    ]
    return Table(_("Stands and products"), columns, rows)


def _results(event: Event, lines: Sequence[StandLine]) -> Table:
    ids = [contract_id for line in lines for contract_id in line.contract_ids]
    contracts, histories = trade.contracts_by_id(ids), trade.histories_of(ids)
    rows = [
        (
            line.name,
            contracts[contract_id].number or contracts[contract_id].subject or "—",
            name_of(one.result.stage),
            vnd(one.result.value),
            name_of(one.result.basis),
            one.result.effective_on,
        )
        for line in lines
        for contract_id in line.contract_ids
        for one in histories[contract_id]
        if one.stands and one.result.event_id == event.id
    ]
    columns = [_("Organisation"), _("Contract"), _("Stage"), _("Value"), _("Basis"), _("Day")]
    return Table(_("Contracts and what came of them"), columns, rows)


def tell_spending(event: Event) -> Section:
    """Answer what was planned and what was paid, by whose money."""
    lines, totals = budgets.list_lines(event), budgets.total_by_source([event.id]).get(event.id, {})
    paid = budgets.list_spendings(event)
    rows = [
        (str(SOURCE_NAMES[source]), number(total.planned), number(total.spent), number(total.left))
        for source, total in totals.items()
    ]
    together = Total.of(totals.values())
    rows.append(
        (_("In all"), number(together.planned), number(together.spent), number(together.left))
    )
    columns = [_("Whose money"), _("Planned"), _("Spent"), _("Left")]
    return Section(
        "kinh-phi",
        _("Budget and spending"),
        tables=[Table(_("In whole đồng"), columns, rows)],
        papers=[
            workbook(budget_export.budget(event, lines, totals), "du-toan"),
            workbook(budget_export.spendings(event, paid), "chung-tu-chi"),
        ],
    )


def tell_checklist(event: Event) -> Section:
    """Answer what had to be done, by when, and what was."""
    columns = [_("Task"), _("Due"), _("Who"), _("Done")]
    rows = [
        (
            item.text,
            item.due_on,
            item.owner.full_name if item.owner else "—",
            day(clock.local(item.done_at).date()) if item.done_at else _("no"),
        )
        for item in checklists.list_items(event)
    ]
    return Section("viec-can-lam", _("Checklist"), tables=[Table(_("Tasks"), columns, rows)])
