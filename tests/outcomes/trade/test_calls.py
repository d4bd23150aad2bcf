"""Who is to be called, and when."""

from datetime import date

import pytest
import time_machine

from coopevents.db import db
from coopevents.directory.models import LineageKind, OrganisationLineage, OrganisationStatusKind
from coopevents.duplicates import service as duplicates
from coopevents.events.queries import list_hosts
from coopevents.outcomes.trade import calls, months
from coopevents.outcomes.trade import due as due_calls
from coopevents.outcomes.trade.models import CallOutcome, Stage
from tests.event_factories import BOTH
from tests.factories import make_organisation, make_status
from tests.outcomes.trade import making


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", phone="+84912345678")


@pytest.fixture
def stand(programme, tea):
    return making.make_stand(making.make_fair(programme), tea)


def due(programme, on: date, **asked) -> list[tuple[int, int]]:
    """Answer organisation and month of each call that is due."""
    return [(call.organisation_id, call.month) for call in calls.due_calls(programme, on, **asked)]


@pytest.mark.parametrize(
    ("day", "number", "later"),
    [
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2026, 3, 10), 0, date(2026, 3, 10)),
    ],
)
def test_a_month_without_that_day_ends_on_its_last(day, number, later):
    assert months.add_months(day, number) == later
    assert months.months_between(day, later) == number


def test_a_day_before_the_month_is_full_is_not_counted():
    assert months.months_between(date(2026, 3, 10), date(2026, 6, 9)) == 2
    assert months.months_between(date(2026, 3, 10), date(2026, 3, 9)) == 0


@pytest.mark.parametrize(
    ("on", "month"),
    [
        (date(2026, 3, 10), 0),
        (date(2026, 6, 9), 0),
        (date(2026, 6, 10), 3),
        (date(2026, 9, 10), 6),
        (date(2027, 3, 10), 12),
        (date(2028, 1, 1), 12),
    ],
)
def test_the_last_month_that_has_come_is_due(programme, tea, stand, on, month):
    assert due(programme, on) == [(tea.id, month)]
    (call,) = calls.due_calls(programme, on)
    assert call.missed == months.MONTHS.index(month)


def test_calls_are_counted_and_told_a_page_at_a_time(programme, tea, stand):
    fairs = [stand.event, making.make_fair(programme, date(2026, 2, 1))]
    rice = make_organisation(programme, name="HTX Gạo")
    making.make_stand(fairs[0], rice)
    making.make_stand(fairs[1], rice)
    on = date(2026, 6, 10)

    pages = [due(programme, on, first=first, limit=2) for first in (0, 2, 4)]

    assert due_calls.count_due(programme, on) == 3
    assert pages == [[(rice.id, 3), (tea.id, 3)], [(rice.id, 3)], []]
    assert due_calls.count_due(programme, on, event_id=fairs[1].id) == 1


def test_nothing_is_due_before_the_fair_or_where_none_was_held(programme, tea):
    making.make_stand(making.make_fair(programme, held=False), tea)
    making.make_stand(making.make_fair(programme, date(2026, 8, 1)), tea)

    assert due(programme, date(2026, 6, 10)) == []


@pytest.mark.parametrize(
    ("outcome", "said", "left"),
    [
        (CallOutcome.NOTHING_NEW, {}, False),
        (CallOutcome.HAS_RESULTS, {}, False),
        (CallOutcome.NOT_REACHED, {}, True),
        (CallOutcome.CALL_AGAIN, {"call_again_on": date(2026, 6, 20)}, False),
        (CallOutcome.CALL_AGAIN, {"call_again_on": date(2026, 6, 15)}, True),
    ],
)
def test_what_became_of_a_call_says_whether_it_stays_due(
    programme, tea, stand, outcome, said, left
):
    making.make_call(stand, 3, outcome, **said)

    assert due(programme, date(2026, 6, 15)) == ([(tea.id, 3)] if left else [])
    assert due(programme, date(2026, 9, 10)) == [(tea.id, 6)]


def test_who_was_entered_twice_is_called_once(programme, tea, stand):
    twin = make_organisation(programme)
    second = making.make_stand(stand.event, twin)
    duplicates.merge_organisations(tea, twin, "Nhập hai lần")
    before = due(programme, date(2026, 6, 10))

    making.make_call(second, 3)

    assert (before, due(programme, date(2026, 6, 10))) == ([(tea.id, 3)], [])


def test_who_has_ended_is_called_no_more(programme, tea, stand):
    gone = make_organisation(programme, status=None)
    make_status(gone, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 5, 1))
    making.make_stand(stand.event, gone)

    assert due(programme, date(2026, 6, 10)) == [(tea.id, 3)]


def test_a_group_that_became_a_cooperative_is_called_as_what_it_is_now(programme, tea, stand):
    group = make_organisation(programme, name="THT Cũ", status=None)
    make_status(group, OrganisationStatusKind.DISSOLVED, valid_from=date(2026, 5, 1))
    making.make_stand(making.make_fair(programme, date(2026, 3, 11)), group)
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.CONVERT, effective_on=date(2026, 5, 1), old_id=group.id, new_id=tea.id
        )
    )
    db.session.flush()
    today = date(2026, 6, 20)

    (_first, second) = calls.tell(programme, calls.due_calls(programme, today), today)

    assert (second.call.organisation_id, second.contact.name) == (group.id, "HTX Chè")
    assert second.contact.phones == ["+84912345678"]


def test_those_due_longest_come_first_and_the_list_is_narrowed(programme, tea, stand):
    other = make_organisation(programme)
    early = making.make_stand(
        making.make_fair(programme, date(2026, 1, 5), hosts=("coop_alliance",)), other
    )
    union = next(host for host in list_hosts(stand.event) if host.body.key == BOTH[0])

    assert due(programme, date(2026, 6, 10)) == [(other.id, 3), (tea.id, 3)]
    assert due(programme, date(2026, 6, 10), event_id=early.event_id) == [(other.id, 3)]
    assert due(programme, date(2026, 6, 10), body_id=union.body_id) == [(tea.id, 3)]


def test_a_line_has_the_last_figures_each_by_itself(programme, tea, stand):
    contract, hoped = (making.make_contract(programme, tea) for _ in "12")
    making.make_result(contract, stand.event, Stage.SIGNED, 7_000_000)
    making.make_result(contract, stand.event, Stage.DELIVERED, 2_000_000)
    making.make_result(hoped, stand.event, Stage.EXPECTED, 1_000_000)
    today = date(2026, 6, 10)

    with time_machine.travel("2026-06-10T03:00:00Z"):
        (line,) = calls.tell(programme, calls.due_calls(programme, today), today)

    money = line.sums.money
    assert [money[which].told for which in ("expected", "signed", "delivered")] == [
        1_000_000,
        7_000_000,
        2_000_000,
    ]
    assert line.contact.person is not None


def test_what_nobody_told_is_no_zero_in_a_line(programme, tea, stand):
    making.make_result(making.make_contract(programme, tea), stand.event, value=None)
    today = date(2026, 6, 10)

    with time_machine.travel("2026-06-10T03:00:00Z"):
        (line,) = calls.tell(programme, calls.due_calls(programme, today), today)

    money = line.sums.money
    assert [(money[which].known, money[which].not_told) for which in ("expected", "signed")] == [
        (None, 0),
        (None, 1),
    ]
