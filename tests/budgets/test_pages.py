"""The pages of a budget: what an officer sees, sends, is refused, and takes away."""

import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.budgets import queries
from coopevents.budgets.models import BudgetLine, BudgetSpending, FundSource, PaidFor
from coopevents.db import db
from coopevents.directory.models import PostKind
from coopevents.events.models import SessionState
from tests.browsing import fill_in, hidden, post, signed_in
from tests.budgets.making import make_line, make_payment, make_rate
from tests.event_factories import (
    close,
    make_entry,
    make_event,
    make_registration,
    make_representation,
    make_walk_in,
    sessions_of,
)
from tests.factories import make_organisation, make_other_programme, make_person


@pytest.fixture(autouse=True)
def on_the_twentieth_of_october():
    with time_machine.travel("2026-10-20T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def event(programme):
    return make_event(programme, title="Tập huấn kế toán")


@pytest.fixture
def held(programme, event):
    """The activity with its session held: a delegate of two cooperatives and a walk-in came."""
    (session,) = sessions_of(event)
    session.state = SessionState.HELD
    rice, tea = (make_organisation(programme, name=name) for name in ("HTX Lúa", "HTX Chè"))
    person = make_person(programme, full_name="Lê Thị An")
    registration = make_registration(event, person, rice, role=PostKind.DIRECTOR)
    make_representation(event, person, tea).is_primary = False
    make_entry(session, registration)
    make_entry(session, make_walk_in(event, full_name="Chị Dịu"))
    make_rate(event, 50_000)
    make_rate(event, 100_000, PaidFor.TRAVEL)
    return event


def path(event, more: str = "") -> str:
    return f"/events/{event.id}/budget{more}"


def cards(page: str) -> list[str]:
    return _plain(re.findall(r'figure-number">(.*?)</strong>', page))


def cells(page: str, label: str) -> list[str]:
    """Answer what stands in the column, row by row, tags left out."""
    return _plain(re.findall(rf'data-label="{re.escape(label)}"[^>]*>(.*?)</td>', page, re.DOTALL))


def heads(page: str) -> list[str]:
    """Answer what each row of the page's tables is about."""
    return _plain(re.findall(r'scope="row"[^>]*>(.*?)</th>', page, re.DOTALL))


def _plain(found: list[str]) -> list[str]:
    return [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in found]


def book(answer) -> list[tuple]:
    assert answer.status_code == 200
    return list(openpyxl.load_workbook(io.BytesIO(answer.data)).active.values)


def test_a_budget_nobody_gave_is_a_dash_and_no_zero(officer, event):
    page = officer.get(path(event)).text

    assert cards(page) == ["—", "—", "—"]
    assert "Nobody has said yet what this activity is to cost." in page


def test_the_page_shows_plan_and_spending_by_line_and_by_source(officer, event):
    make_payment(make_line(event, 1_000_000), 250_000)
    make_line(event, None, source=FundSource.SPONSOR)

    page = officer.get(path(event)).text

    assert cards(page) == ["1,000,000", "250,000", "750,000"]
    assert cells(page, "Budgeted (đ)") == ["1,000,000", "—", "1,000,000", "—", "1,000,000"]
    assert cells(page, "Spent (đ)") == ["250,000", "—", "250,000", "—", "250,000"]
    assert cells(page, "Remaining (đ)") == ["750,000", "—", "750,000", "—", "750,000"]
    assert cells(page, "Of the plan") == ["25.0 %", "—", "25.0 %", "—", "25.0 %"]
    assert "1 lines without a plan" not in page
    assert "1 line without a plan" in page


def test_spending_above_the_plan_is_told_and_not_blocked(officer, event):
    line = make_line(event, 100_000)

    paid = fill_in(officer, path(event, f"/lines/{line.id}/spend"), value="150.000")

    page = officer.get(path(event)).text
    assert paid.status_code == 303
    assert "50,000 đ more was spent than planned." in page
    assert cells(page, "Remaining (đ)")[0] == "-50,000"
    assert heads(page)[0] == "Thuê hội trường Over the plan"


def test_a_line_is_added_once_however_often_the_form_is_sent(officer, event):
    address = path(event, "/lines/new")
    page = officer.get(address).text
    typed = {"item": "Nước uống", "quantity": "60", "unit": "suất", "planned": "1.500.000 đ"}

    answers = [fill_in(officer, address, page, **typed).status_code for _ in range(2)]

    (line,) = db.session.scalars(select(BudgetLine)).all()
    assert answers == [303, 303]
    assert (line.item, line.quantity, line.planned) == ("Nước uống", 60, 1_500_000)


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"item": " "}, "item"),
        ({"item": "x" * 301}, "item"),
        ({"source": "lottery"}, "source"),
        ({"planned": "1,5"}, "planned"),
        ({"planned": "-5"}, "planned"),
        ({"planned": "9" * 40}, "planned"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "1.146"}, "quantity"),
        ({"quantity": "9" * 30}, "quantity"),
    ],
)
def test_a_line_that_cannot_be_is_refused_beside_its_field(officer, event, wrong, at):
    answer = fill_in(officer, path(event, "/lines/new"), **{"item": "Nước uống", **wrong})

    assert (answer.status_code, f'id="{at}-error"' in answer.text) == (422, True)
    assert db.session.scalars(select(BudgetLine)).all() == []
    assert ('value="1,5"' in answer.text) is (wrong == {"planned": "1,5"})


def test_a_line_is_changed_and_a_newer_change_is_not_overwritten(officer, event):
    line = make_line(event)
    address = path(event, f"/lines/{line.id}")
    page = officer.get(address).text

    changed = fill_in(officer, address, planned="2.000.000")
    late = fill_in(officer, address, page, planned="3.000.000")

    assert (changed.status_code, late.status_code, line.planned) == (303, 409, 2_000_000)
    assert "Somebody changed this since you opened it." in late.text


def test_a_line_is_taken_away_twice_and_then_opens_no_more(officer, event):
    line = make_line(event)
    page = officer.get(path(event, f"/lines/{line.id}")).text

    answers = [
        post(officer, page, path(event, f"/lines/{line.id}/drop")).status_code for _ in range(2)
    ]

    assert (answers, queries.list_lines(event)) == ([303, 303], [])
    assert officer.get(path(event, f"/lines/{line.id}")).status_code == 409
    assert officer.get(path(event, f"/lines/{line.id}/spend")).status_code == 409


def test_a_line_of_which_something_was_paid_is_not_taken_away(officer, event):
    line = make_payment(make_line(event)).line

    refused = post(officer, officer.get("/").text, path(event, f"/lines/{line.id}/drop"))

    assert (refused.status_code, line.dropped_at) == (409, None)


def test_a_payment_is_recorded_once_however_often_the_form_is_sent(officer, event):
    line = make_line(event)
    address = path(event, f"/lines/{line.id}/spend")
    page = officer.get(address).text
    typed = {"value": "1.200.000", "voucher": "PC 12", "spent_on": "2026-10-19"}

    answers = [fill_in(officer, address, page, **typed).status_code for _ in range(2)]

    (row,) = db.session.scalars(select(BudgetSpending)).all()
    assert answers == [303, 303]
    assert (row.value, row.voucher, row.spent_on) == (1_200_000, "PC 12", date(2026, 10, 19))
    assert row.recorded_by_label == "Người dùng"


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"value": ""}, "value"),
        ({"value": "  "}, "value"),
        ({"value": "0"}, "value"),
        ({"value": "1,5"}, "value"),
        ({"value": "2.000.000.000.000"}, "value"),
        ({"spent_on": "2026-10-21"}, "spent_on"),
        ({"spent_on": ""}, "spent_on"),
        ({"spent_on": "0001-01-01"}, "spent_on"),
        ({"voucher": "x" * 101}, "voucher"),
    ],
)
def test_a_payment_that_cannot_be_is_refused_beside_its_field(officer, event, wrong, at):
    line = make_line(event)

    answer = fill_in(
        officer, path(event, f"/lines/{line.id}/spend"), **{"value": "500.000", **wrong}
    )

    assert (answer.status_code, f'id="{at}-error"' in answer.text) == (422, True)
    assert db.session.scalars(select(BudgetSpending)).all() == []


def test_a_payment_is_corrected_once_and_both_rows_are_read(officer, event):
    wrong = make_payment(make_line(event), 400_000)
    other = make_line(event, 500_000, source=FundSource.SPONSOR)
    address = path(event, f"/payments/{wrong.id}/correct")
    page = officer.get(address).text
    typed = {"value": "450.000", "line_id": str(other.id), "reason": "Ghi nhầm nguồn"}

    answers = [fill_in(officer, address, page, **typed).status_code for _ in range(2)]

    shown = officer.get(path(event)).text
    assert answers == [303, 303]
    assert cells(shown, "Spent (đ)") == ["—", "450,000", "—", "450,000", "450,000"]
    assert cells(shown, "Amount (đ)") == ["450,000", "400,000"]
    assert heads(shown)[-2:] == [
        "Thuê hội trường Correction",
        "Thuê hội trường Replaced by a newer one",
    ]
    assert officer.get(address).status_code == 409
    assert len(db.session.scalars(select(BudgetSpending)).all()) == 2


def test_a_payment_is_taken_back_with_a_reason(officer, event):
    wrong = make_payment(make_line(event), 400_000)
    address = path(event, f"/payments/{wrong.id}/take-back")

    silent = fill_in(officer, address, reason=" ")
    told = fill_in(officer, address, reason="Không chi")

    assert (silent.status_code, told.status_code) == (422, 303)
    shown = officer.get(path(event)).text
    assert cells(shown, "Amount (đ)") == ["—", "400,000"]
    assert heads(shown)[-2:] == [
        "Thuê hội trường Taken back",
        "Thuê hội trường Replaced by a newer one",
    ]
    assert officer.get(address).status_code == 409


def test_a_correction_onto_the_line_of_another_activity_is_refused(officer, programme, event):
    wrong = make_payment(make_line(event))
    foreign = make_line(make_event(programme))

    answer = fill_in(
        officer,
        path(event, f"/payments/{wrong.id}/correct"),
        line_id=str(foreign.id),
        reason="Sai",
    )

    assert (answer.status_code, 'id="line_id-error"' in answer.text) == (422, True)
    assert db.session.scalars(select(BudgetSpending)).all() == [wrong]


@pytest.mark.parametrize(
    "more",
    [
        "",
        "/export.xlsx",
        "/payments.xlsx",
        "/allowances",
        "/allowances/print",
        "/allowances.xlsx",
        "/lines/new",
        "/lines/{line}",
        "/lines/{line}/spend",
        "/payments/{paid}/correct",
        "/payments/{paid}/take-back",
        "/allowances/rates/new",
        "/allowances/rates/{rate}",
    ],
)
def test_a_budget_of_another_programme_is_not_there(officer, programme, event, more):
    foreign = make_event(make_other_programme(programme), contents=())
    line = make_line(foreign)
    more = more.format(line=line.id, paid=make_payment(line).id, rate=make_rate(foreign).id)

    assert officer.get(path(foreign, more)).status_code == 404
    if any(figure in more for figure in "0123456789"):
        assert officer.get(path(event, more)).status_code == 404


@pytest.mark.parametrize("more", ["/lines/{line}/drop", "/allowances/rates/{rate}/drop"])
def test_nothing_of_another_programme_is_taken_away(officer, programme, event, more):
    foreign = make_event(make_other_programme(programme), contents=())
    line, rate = make_line(foreign), make_rate(foreign)
    more = more.format(line=line.id, rate=rate.id)
    token = hidden(officer.get("/").text)

    answers = [
        officer.post(path(one, more), data={"csrf_token": token}).status_code
        for one in (foreign, event)
    ]

    assert answers == [404, 404]
    assert (line.dropped_at, queries.list_rates(foreign)) == (None, [rate])


def test_a_viewer_reads_everything_and_changes_nothing(client, programme, held):
    line = make_line(held)
    viewer = signed_in(client, programme, Role.VIEWER)

    read = [viewer.get(path(held, more)).status_code for more in ("", "/allowances")]
    changed = [
        viewer.get(path(held, more)).status_code
        for more in ("/lines/new", f"/lines/{line.id}", "/allowances/rates/new")
    ]

    assert (read, changed) == ([200, 200], [403, 403, 403])
    assert "/lines/" not in viewer.get(path(held)).text


def test_the_budget_is_taken_away_with_numbers_that_are_numbers(officer, event):
    make_payment(make_line(event, 1_000_000, item="=Thuê xe"), 250_000)
    make_line(event, None, source=FundSource.SPONSOR, item="Nước")

    rows = book(officer.get(path(event, "/export.xlsx")))

    assert rows[4:] == [
        ("The bodies' own funds", None, "=Thuê xe", None, None, 10**6, 250_000, 750_000, 25),
        ("Sponsors", None, "Nước", None, None, None, None, None, None),
        *[
            (name, None, None, None, None, 10**6, 250_000, 750_000, 25)
            for name in ("Total: The bodies' own funds",)
        ],
        ("Total: Sponsors", None, None, None, None, None, None, None, None),
        ("Total", None, None, None, None, 10**6, 250_000, 750_000, 25),
    ]


def test_the_payments_are_taken_away_with_what_was_corrected(officer, event):
    wrong = make_payment(make_line(event, item="Thuê xe"), 250_000)
    right = make_payment(wrong.line, 200_000, corrects=wrong)

    rows = book(officer.get(path(event, "/payments.xlsx")))

    assert [(row[0], row[4], row[7], row[8]) for row in rows[4:]] == [
        (right.id, 200_000, "yes", wrong.id),
        (wrong.id, 250_000, "no", None),
    ]


def test_before_a_session_was_held_there_is_no_list_to_print(officer, event):
    page = officer.get(path(event, "/allowances")).text

    assert "No session was held yet." in page
    assert officer.get(path(event, "/allowances/print")).status_code == 409
    assert officer.get(path(event, "/allowances.xlsx")).status_code == 409


def test_an_allowance_is_set_changed_and_taken_away(officer, event):
    added = fill_in(
        officer,
        path(event, "/allowances/rates/new"),
        paid_for="session",
        post_kind="director",
        value="70.000",
    )
    (rate,) = queries.list_rates(event)
    address = path(event, f"/allowances/rates/{rate.id}")

    second = fill_in(
        officer,
        path(event, "/allowances/rates/new"),
        paid_for="session",
        post_kind="director",
        value="80.000",
    )
    changed = fill_in(officer, address, value="75.000")
    told = officer.get(path(event, "/allowances")).text
    dropped = post(officer, told, path(event, f"/allowances/rates/{rate.id}/drop"))

    assert (added.status_code, second.status_code) == (303, 422)
    assert 'id="paid_for-error"' in second.text
    assert (changed.status_code, dropped.status_code) == (303, 303)
    assert "For each session attended, Director: 75,000 đ" in told
    assert queries.list_rates(event) == []


@pytest.mark.parametrize(
    ("wrong", "at"),
    [
        ({"value": ""}, "value"),
        ({"value": "1,5"}, "value"),
        ({"paid_for": "lunch"}, "paid_for"),
        ({"post_kind": "king"}, "post_kind"),
    ],
)
def test_an_allowance_that_cannot_be_is_refused_beside_its_field(officer, event, wrong, at):
    answer = fill_in(officer, path(event, "/allowances/rates/new"), **{"value": "50.000", **wrong})

    assert (answer.status_code, f'id="{at}-error"' in answer.text) == (422, True)
    assert queries.list_rates(event) == []


def test_the_list_is_provisional_until_the_activity_is_closed(officer, held):
    before = [officer.get(path(held, more)).text for more in ("/allowances", "/allowances/print")]
    close(held)
    after = [officer.get(path(held, more)).text for more in ("/allowances", "/allowances/print")]

    assert ["Provisional" in page for page in before + after] == [True, True, False, False]
    assert cards(before[0]) == ["2", "300,000"]


def test_the_list_is_printed_with_both_headings_and_room_to_sign(officer, held):
    page = officer.get(path(held, "/allowances/print")).text

    assert page.count('class="name"') == 2
    assert cells(page, "Organisations") == ["HTX Chè ; HTX Lúa", "—"]
    assert cells(page, "Amount (đ)") == ["150,000", "150,000"]
    assert cells(page, "Signature") == ["", ""]
    assert "300,000 đ" in page.partition('class="signatures"')[0]
    assert re.findall(r"<p>(\w+)</p>", page.partition('class="signatures"')[2]) == [
        "Payer",
        "Accountant",
    ]


def test_the_list_is_taken_away_with_numbers_that_are_numbers(officer, held):
    rows = book(officer.get(path(held, "/allowances.xlsx")))

    assert [row[0] for row in rows[3:8]] == [
        "Tập huấn kế toán",
        "Provisional",
        "For each session attended, every delegate: 50,000 đ",
        "Travel, once, every delegate: 100,000 đ",
        "2 people",
    ]
    assert rows[-3:] == [
        (1, "Lê Thị An", "HTX Chè; HTX Lúa", "Director", 1, 150_000, None),
        (2, "Chị Dịu", None, "Member", 1, 150_000, None),
        (None, "Total", None, None, 2, 300_000, None),
    ]


def test_the_pages_ask_as_many_questions_for_three_rows_as_for_one(
    officer, programme, held, count_queries
):
    def asked(more: str) -> int:
        with count_queries() as counted:
            assert officer.get(path(held, more)).status_code == 200
        return counted.number

    make_payment(make_line(held))
    before = asked(""), asked("/allowances"), asked("/allowances/print")
    for source in (FundSource.SPONSOR, FundSource.OTHER):
        make_payment(make_line(held, source=source))
        registration = make_registration(held, make_person(programme), make_organisation(programme))
        make_entry(sessions_of(held)[0], registration)

    assert (asked(""), asked("/allowances"), asked("/allowances/print")) == before
