"""What was planned is changed, what was paid is corrected, and what is missing is no zero."""

from datetime import date
from decimal import Decimal
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from coopevents.audit.models import AuditEntry
from coopevents.budgets import queries, rates, service
from coopevents.budgets.models import BudgetSpending, FundSource, PaidFor
from coopevents.budgets.queries import Total
from coopevents.budgets.rates import RatePlan
from coopevents.budgets.service import LinePlan, Payment
from coopevents.db import db
from coopevents.directory.models import PostKind
from coopevents.errors import DomainError, InputError, NotFoundError
from tests.budgets.making import make_line, make_payment, make_rate
from tests.event_factories import make_event

PAID = Payment(date(2026, 9, 30), 250_000, "PC 12", "Đặt cọc")
OWN, SPONSOR = FundSource.BODY_FUNDS, FundSource.SPONSOR


@pytest.fixture(autouse=True)
def on_the_first_of_october():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    return make_event(programme)


@pytest.fixture
def line(event):
    return make_line(event)


def spending_of(event, row):
    return queries.get_spending(row.id, event)


def total(event) -> Total:
    return Total.of(queries.total_by_source([event.id]).get(event.id, {}).values())


def test_nothing_said_is_not_zero(event):
    assert queries.total_by_source([event.id]) == {}
    assert total(event) == Total(None, None)
    assert (total(event).left, total(event).percent) == (None, None)


@pytest.mark.parametrize(
    ("planned", "spent", "left", "percent", "is_overspent"),
    [
        (1_000_000, None, 1_000_000, None, False),
        (1_000_000, 250_000, 750_000, Decimal("25.0"), False),
        (300_000, 100_000, 200_000, Decimal("33.3"), False),
        (1_000_000, 1_200_000, -200_000, Decimal("120.0"), True),
        (0, 5, -5, None, True),
        (0, None, 0, None, False),
        (None, 5, None, None, False),
        (None, None, None, None, False),
    ],
)
def test_what_is_left_and_how_much_is_spent(planned, spent, left, percent, is_overspent):
    whole = Total(planned, spent)

    assert (whole.left, whole.percent, whole.is_overspent) == (left, percent, is_overspent)


def test_totals_add_up_by_source_over_several_activities(programme, event):
    make_payment(make_line(event, 1_000_000), 400_000)
    make_payment(make_line(event, None), 50_000)
    make_line(event, 700_000, source=SPONSOR)
    other = make_event(programme)
    make_line(other, None, source=FundSource.OTHER)
    third = make_event(programme)

    found = queries.total_by_source([event.id, other.id, third.id])

    assert found == {
        event.id: {OWN: Total(1_000_000, 450_000, 1), SPONSOR: Total(700_000, None)},
        other.id: {FundSource.OTHER: Total(None, None, 1)},
    }
    assert total(event) == Total(1_700_000, 450_000, 1)


def test_the_total_is_the_sum_of_the_lines_that_are_listed(event):
    for value in (100_000, 200_000):
        make_payment(make_line(event, value * 10), value)
    wrong = make_payment(make_line(event, None, source=SPONSOR), 999)
    make_payment(wrong.line, 500, corrects=wrong)
    taken = make_payment(wrong.line, 77)
    make_payment(wrong.line, None, corrects=taken)

    lines = queries.list_lines(event)

    assert Total.of(one.total for one in lines) == total(event) == Total(3_000_000, 300_500, 1)
    assert [one.line.source for one in lines] == [OWN, OWN, SPONSOR]


def test_a_line_is_kept_clean_and_once_a_form(event):
    number = uuid4()
    plan = LinePlan(SPONSOR, "  Nước  uống ", " Ngân hàng ", 60, " suất ", 1_200_000)

    line = service.add_line(event, plan, number)
    again = service.add_line(event, plan, number)

    assert again is line
    assert (line.item, line.source_name, line.unit) == ("Nước uống", "Ngân hàng", "suất")
    assert (line.quantity, line.planned, line.rank) == (60, 1_200_000, 1)


def test_a_plan_may_be_given_later_and_taken_away_again(event, line):
    service.change_line(event, line, LinePlan(OWN, "Hội trường", planned=None))

    assert total(event) == Total(None, None, 1)


def test_a_line_of_which_something_was_paid_stays(event, line):
    row = make_payment(line)

    with pytest.raises(DomainError):
        service.drop_line(event, line)

    service.take_back_spending(event, spending_of(event, row), "Ghi nhầm", uuid4())
    service.drop_line(event, line)
    service.drop_line(event, line)
    assert queries.list_lines(event) == []
    assert total(event) == Total(None, None)


def test_a_line_taken_out_takes_no_payment(event, line):
    service.drop_line(event, line)

    with pytest.raises(DomainError):
        service.spend(event, line, PAID, uuid4())


def test_a_payment_is_recorded_once_a_form_and_may_pass_the_plan(event, line):
    number = uuid4()
    much = Payment(date(2026, 9, 30), 1_200_000)

    row = service.spend(event, line, much, number)
    again = service.spend(event, line, much, number)

    assert again is row
    assert total(event) == Total(1_000_000, 1_200_000)


@pytest.mark.parametrize(
    ("paid", "field"),
    [
        (Payment(date(2026, 10, 2), 5), "spent_on"),
        (Payment(date(2026, 9, 30), 0), "value"),
        (Payment(date(2026, 9, 30), -5), "value"),
        (Payment(date(2026, 9, 30), 10**12 + 1), "value"),
    ],
)
def test_a_payment_that_cannot_be_is_refused(event, line, paid, field):
    with pytest.raises(InputError) as refused:
        service.spend(event, line, paid, uuid4())

    assert set(refused.value.fields) == {field}
    assert queries.list_spendings(event) == []


def test_a_correction_counts_instead_and_leaves_what_was_recorded(event, line):
    other = make_line(event, None, source=SPONSOR)
    wrong = service.spend(event, line, PAID, uuid4())
    number, told = uuid4(), Payment(date(2026, 9, 29), 350_000, "PC 13")

    right = service.correct_spending(
        event, spending_of(event, wrong), other, told, "Sai nguồn", number
    )
    again = service.correct_spending(
        event, spending_of(event, wrong), other, told, "Sai nguồn", number
    )

    assert again is right
    assert (right.corrects_id, right.reason, right.voucher) == (wrong.id, "Sai nguồn", "PC 13")
    assert (wrong.value, wrong.voucher) == (250_000, "PC 12")
    assert queries.total_by_source([event.id])[event.id] == {
        OWN: Total(1_000_000, None),
        SPONSOR: Total(None, 350_000, 1),
    }
    assert [(one.row.id, one.stands) for one in queries.list_spendings(event)] == [
        (right.id, True),
        (wrong.id, False),
    ]


def test_what_was_corrected_is_corrected_no_second_time(event, line):
    wrong = spending_of(event, make_payment(line))
    service.correct_spending(event, wrong, line, PAID, "Sai", uuid4())

    with pytest.raises(DomainError):
        service.correct_spending(event, wrong, line, PAID, "Sai", uuid4())
    with pytest.raises(DomainError):
        service.take_back_spending(event, wrong, "Sai", uuid4())


def test_what_takes_back_is_not_corrected(event, line):
    wrong = spending_of(event, make_payment(line))
    back = service.take_back_spending(event, wrong, "Không chi", uuid4())

    with pytest.raises(DomainError):
        service.correct_spending(event, spending_of(event, back), line, PAID, "Sai", uuid4())

    assert total(event) == Total(1_000_000, None)


def test_whoever_puts_right_says_why(event, line):
    wrong = spending_of(event, make_payment(line))

    with pytest.raises(InputError) as correcting:
        service.correct_spending(event, wrong, line, PAID, "  ", uuid4())
    with pytest.raises(InputError) as taking_back:
        service.take_back_spending(event, wrong, "  ", uuid4())

    assert set(correcting.value.fields) == set(taking_back.value.fields) == {"reason"}
    assert total(event) == Total(1_000_000, 400_000)


@pytest.mark.parametrize("change", ["UPDATE budget_spendings SET value = 1", "DELETE"])
def test_what_was_paid_is_never_overwritten(connection, line, change):
    make_payment(line)
    sql = "DELETE FROM budget_spendings" if change == "DELETE" else change

    with (
        pytest.raises(Exception, match=r"append-only|permission denied"),
        db.session.begin_nested(),
    ):
        db.session.connection().exec_driver_sql(sql)


def test_a_payment_is_corrected_within_its_activity_only(programme, line):
    foreign = make_payment(make_line(make_event(programme)))

    with pytest.raises(IntegrityError), db.session.begin_nested():
        make_payment(line, corrects=foreign)


def test_parts_of_another_activity_are_not_there(programme, event):
    other = make_event(programme)
    line = make_line(other)

    with pytest.raises(NotFoundError):
        queries.get_line(line.id, event)
    with pytest.raises(NotFoundError):
        queries.get_spending(make_payment(line).id, event)
    with pytest.raises(NotFoundError):
        queries.get_rate(make_rate(other).id, event)


def test_one_thing_has_one_rate(event):
    general = rates.add_rate(event, RatePlan(PaidFor.SESSION, None, 50_000))
    own = rates.add_rate(event, RatePlan(PaidFor.SESSION, PostKind.UNION_OFFICIAL, 0))
    same = rates.add_rate(event, RatePlan(PaidFor.SESSION, None, 50_000))

    assert same is general
    with pytest.raises(InputError):
        rates.add_rate(event, RatePlan(PaidFor.SESSION, None, 60_000))
    with pytest.raises(InputError):
        rates.change_rate(event, own, RatePlan(PaidFor.SESSION, None, 0))
    rates.change_rate(event, general, RatePlan(PaidFor.DAY, None, 70_000))
    rates.drop_rate(event, own)
    assert [(r.paid_for, r.value) for r in queries.list_rates(event)] == [(PaidFor.DAY, 70_000)]


def test_every_act_is_told(event):
    line = service.add_line(event, LinePlan(OWN, "Hội trường"))
    service.change_line(event, line, LinePlan(OWN, "Hội trường lớn"))
    service.change_line(event, line, LinePlan(OWN, "Hội trường lớn"))
    row = service.spend(event, line, PAID, uuid4())
    right = service.correct_spending(
        event, spending_of(event, row), line, PAID, "Sai ngày", uuid4()
    )
    service.take_back_spending(event, spending_of(event, right), "Không chi", uuid4())
    service.drop_line(event, line)
    rate = rates.add_rate(event, RatePlan(PaidFor.TRAVEL, None, 100_000))
    rates.change_rate(event, rate, RatePlan(PaidFor.TRAVEL, None, 120_000))
    rates.drop_rate(event, rate)
    db.session.commit()

    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()

    assert [act for act in acts if act.startswith(("budget.", "allowance."))] == [
        "budget.line_added",
        "budget.line_changed",
        "budget.spent",
        "budget.spending_corrected",
        "budget.spending_taken_back",
        "budget.line_dropped",
        "allowance.set",
        "allowance.changed",
        "allowance.dropped",
    ]
    assert len(db.session.scalars(select(BudgetSpending)).all()) == 3


def test_totals_of_three_activities_are_one_question(programme, count_queries):
    events = [make_event(programme) for _ in range(3)]
    for each in events:
        make_payment(make_line(each))

    with count_queries() as asked:
        found = queries.total_by_source([each.id for each in events])

    assert (len(found), asked.number) == (3, 1)
