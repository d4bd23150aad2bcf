from collections.abc import Mapping, Sequence
from typing import Any

from wtforms import DateField, IntegerField, SelectField, StringField
from wtforms.validators import Length, NumberRange, Optional

from coopevents import clock
from coopevents.budgets.models import (
    AllowanceRate,
    BudgetLine,
    BudgetSpending,
    FundSource,
    PaidFor,
)
from coopevents.budgets.queries import Line
from coopevents.budgets.rates import RatePlan
from coopevents.budgets.service import LinePlan, Payment
from coopevents.budgets.words import PAID_FOR_NAMES, SOURCE_NAMES
from coopevents.directory.models import PostKind
from coopevents.editing import NEEDED, Groups, Once, PartForm, clean, given, sensible
from coopevents.i18n import _, _l, labels
from coopevents.money import MoneyField, positive
from coopevents.people.words import POST_NAMES


class LineForm(PartForm):
    """A line of a budget."""

    source = SelectField(_l("Whose money"), choices=lambda: labels(SOURCE_NAMES))
    source_name = StringField(
        _l("Named"),
        [Length(max=200)],
        description=_l("Which body, which sponsor, which programme."),
    )
    item = StringField(_l("What is paid for"), [NEEDED, Length(max=300)])
    quantity = IntegerField(_l("How many"), [Optional(), NumberRange(1, 1_000_000)])
    unit = StringField(_l("Unit"), [Length(max=50)])
    planned = MoneyField(
        _l("Budgeted (đ)"),
        description=_l("Left empty: nobody said yet, which is not a plan of nothing."),
    )

    groups = (
        (_l("What and how much"), (("item",), ("quantity", "unit", "planned"))),
        (_l("Out of whose money"), (("source", "source_name"),)),
    )

    def plan(self) -> LinePlan:
        """Answer what was entered."""
        return LinePlan(
            source=FundSource(self.source.data),
            item=clean(self.item.data),
            source_name=clean(self.source_name.data),
            quantity=self.quantity.data,
            unit=clean(self.unit.data),
            planned=self.planned.data,
        )


class NewLineForm(Once, LineForm):
    """One more line of a budget."""


class PaymentForm(Once, PartForm):
    """What was paid."""

    spent_on = DateField(_l("Paid on"), [NEEDED, sensible], default=clock.today)
    value = MoneyField(_l("Amount (đ)"), [NEEDED, positive])
    voucher = StringField(_l("Number of the voucher"), [Length(max=100)])
    note = StringField(_l("Note"), [Length(max=500)])

    groups: Groups = ((_l("Payment"), (("spent_on", "value", "voucher"), ("note",))),)

    def payment(self) -> Payment:
        """Answer what was entered. Raises InputError where something is missing."""
        return Payment(
            spent_on=given(self.spent_on.data),
            value=given(self.value.data),
            voucher=clean(self.voucher.data),
            note=clean(self.note.data),
        )


class CorrectPaymentForm(PaymentForm):
    """What stands instead of a payment that was recorded wrong, and why."""

    line_id = SelectField(_l("Line of the budget"))
    reason = StringField(_l("Why it is corrected"), [NEEDED, Length(max=300)])

    groups = (
        (_l("Payment"), (("line_id",), ("spent_on", "value", "voucher"), ("note",))),
        (_l("Correction"), (("reason",),)),
    )

    def offer(self, lines: Sequence[Line]) -> None:
        """Let it be booked to one of these lines."""
        self.line_id.choices = {str(one.line.id): one.line.item for one in lines}


class TakeBackForm(Once, PartForm):
    """Why something was not paid after all."""

    reason = StringField(_l("Why it is taken back"), [NEEDED, Length(max=300)])

    groups = ((_l("Not paid after all"), (("reason",),)),)


class RateForm(PartForm):
    """What is paid to whom for what."""

    paid_for = SelectField(_l("For what"), choices=lambda: labels(PAID_FOR_NAMES))
    post_kind = SelectField(
        _l("For whom"),
        choices=lambda: {"": _("every delegate"), **labels(POST_NAMES)},
        description=_l("A rate for a post holds instead of the one for every delegate."),
    )
    value = MoneyField(_l("Amount (đ)"), [NEEDED])

    groups = ((_l("Allowance"), (("paid_for", "post_kind", "value"),)),)

    def plan(self) -> RatePlan:
        """Answer what was entered."""
        return RatePlan(
            paid_for=PaidFor(self.paid_for.data),
            post_kind=PostKind(self.post_kind.data) if self.post_kind.data else None,
            value=given(self.value.data),
        )


def standing_line(line: BudgetLine) -> Mapping[str, Any]:
    """Answer what stands of the line, as its form holds it."""
    same = ("source_name", "item", "quantity", "unit", "planned")
    return {**{name: getattr(line, name) for name in same}, "source": line.source.value}


def standing_payment(row: BudgetSpending) -> Mapping[str, Any]:
    """Answer what was recorded, as the form that corrects it holds it."""
    same = ("spent_on", "value", "voucher", "note")
    return {**{name: getattr(row, name) for name in same}, "line_id": str(row.line_id)}


def standing_rate(rate: AllowanceRate) -> Mapping[str, Any]:
    """Answer what stands of the rate, as its form holds it."""
    return {
        "paid_for": rate.paid_for.value,
        "post_kind": rate.post_kind.value if rate.post_kind else "",
        "value": rate.value,
    }
