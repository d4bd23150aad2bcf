"""The working calendar entered by an officer without a developer."""

from datetime import date

import pytest

from coopevents.accounts.models import Role
from coopevents.workdays import queries
from coopevents.workdays.models import DayKind
from tests.browsing import fill_in, hidden, post, signed_in

YEAR = "/programme/settings/calendar/2027"
NAMES = {"name_vi": "Tết Nguyên đán", "name_en": "Lunar New Year", "name_ar": "رأس السنة"}


@pytest.fixture
def staff(client, programme):
    return signed_in(client, programme, Role.ADMINISTRATOR)


def test_a_week_of_tet_is_entered_at_once(staff):
    page = staff.get(f"{YEAR}/new").text

    answer = post(
        staff, page, f"{YEAR}/new", day="2027-02-04", last_day="2027-02-10", kind="holiday", **NAMES
    )

    assert answer.status_code == 303
    days = queries.list_days(date(2027, 1, 1), date(2027, 12, 31))
    assert [(row.day.day, row.kind) for row in days] == [(n, DayKind.HOLIDAY) for n in range(4, 11)]
    assert "Tết Nguyên đán" in staff.get(YEAR).text


def test_a_swap_needs_the_decision_that_says_so(staff):
    page = staff.get(f"{YEAR}/swap").text
    days = {"day": "2027-04-30", "worked": "2027-05-08"}

    without = post(staff, page, f"{YEAR}/swap", **days, **NAMES)
    entered = post(staff, page, f"{YEAR}/swap", **days, **NAMES, document="15/TB (mẫu)")

    assert (without.status_code, entered.status_code) == (422, 303)
    assert queries.is_working_day(date(2027, 4, 30)) is False
    assert queries.is_working_day(date(2027, 5, 8)) is True


def test_a_day_named_twice_is_refused_beside_its_field(staff):
    page = staff.get(f"{YEAR}/new").text
    fields = {"day": "2027-02-04", "kind": "holiday", **NAMES}
    post(staff, page, f"{YEAR}/new", **fields)

    again = staff.post(f"{YEAR}/new?lang=en", data={"csrf_token": hidden(page), **fields})

    assert again.status_code == 422
    assert "The calendar names these days already: 4 Feb 2027." in again.text
    assert len(queries.list_days(date(2027, 1, 1), date(2027, 12, 31))) == 1


def test_office_hours_are_changed_on_the_page(staff):
    path = "/programme/settings/calendar/hours"
    closed = {
        f"{half}_{end}_{weekday}": ""
        for half in ("morning", "afternoon")
        for end in ("opens", "closes")
        for weekday in range(1, 7)
    }
    saturday = {"morning_opens_5": "08:00", "morning_closes_5": "11:00"}

    answer = fill_in(staff, path, **{**closed, **saturday})

    assert answer.status_code == 303
    assert [(row.weekday, f"{row.opens:%H:%M}") for row in queries.list_hours()] == [
        (0, "07:30"),
        (0, "13:00"),
        (5, "08:00"),
    ]


def test_whoever_may_only_look_sees_no_button_and_changes_nothing(client, programme):
    viewer = signed_in(client, programme, Role.VIEWER)
    page = viewer.get(YEAR)

    refused = post(viewer, page.text, f"{YEAR}/new", day="2027-02-04", kind="holiday", **NAMES)

    assert page.status_code == 200
    assert f"{YEAR}/new" not in page.text
    assert refused.status_code == 403
    assert queries.list_days() == []
