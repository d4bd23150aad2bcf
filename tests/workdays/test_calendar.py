"""Two years of a working calendar, answered from their rows and from nothing else."""

from datetime import date, time

import pytest
from sqlalchemy import select

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.errors import DomainError, InputError
from coopevents.i18n import force_locale
from coopevents.workdays import queries, service
from coopevents.workdays.models import DayKind
from coopevents.workdays.service import DayPlan, Stretch

TET = {"vi": "Tết Nguyên đán", "en": "Lunar New Year", "ar": "رأس السنة القمرية"}
SWAPPED = {"vi": "Nghỉ hoán đổi", "en": "Swapped day", "ar": "يوم مبدّل"}
HUNG_KINGS = {"vi": "Giỗ Tổ Hùng Vương", "en": "Hùng Kings' day", "ar": "يوم ملوك هونغ"}


@pytest.fixture
def two_years(app):
    """The days off and the swapped days of 2025 and 2026, as they were decided."""
    for first, last, name in (
        (date(2025, 1, 27), date(2025, 1, 31), TET),
        (date(2025, 4, 7), None, HUNG_KINGS),
        (date(2026, 2, 16), date(2026, 2, 20), TET),
        (date(2026, 4, 27), None, HUNG_KINGS),
    ):
        service.name_days(DayPlan(first, DayKind.HOLIDAY, name), last)
    service.swap(date(2025, 5, 2), date(2025, 4, 26), SWAPPED, "Thông báo 6150/TB-BLĐTBXH")
    service.swap(date(2026, 1, 2), date(2026, 1, 10), SWAPPED, "Thông báo (mẫu)")


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 4, 25), True),
        (date(2025, 4, 26), True),  # a Saturday, worked for 2 May
        (date(2025, 4, 27), False),
        (date(2025, 5, 2), False),  # a Friday
        (date(2026, 4, 25), False),  # the Saturday of a year in which none was swapped there
        (date(2026, 5, 1), True),  # nobody entered this holiday
        (date(2026, 1, 2), False),
        (date(2026, 1, 3), False),
        (date(2026, 1, 10), True),
        (date(2025, 1, 10), True),
        (date(2026, 11, 24), True),
    ],
)
def test_a_day_is_worked_as_its_year_decided(two_years, day, works):
    assert queries.is_working_day(day) is works
    assert (queries.why_not(day) is None) is works


@pytest.mark.parametrize(
    ("before", "first", "after"),
    [
        (date(2025, 1, 24), date(2025, 1, 25), date(2025, 2, 3)),
        (date(2026, 2, 13), date(2026, 2, 14), date(2026, 2, 23)),
    ],
)
def test_a_week_of_tet_is_passed_over_with_its_weekends(two_years, before, first, after):
    assert queries.next_working_day(before) == after
    assert queries.working_days_between(before, after) == [before, after]
    assert queries.working_days_between(first, date.fromordinal(after.toordinal() - 1)) == []


def test_the_working_days_of_two_years_are_those_of_their_rows(two_years):
    numbers = [
        len(queries.working_days_between(date(year, 1, 1), date(year, 12, 31)))
        for year in (2025, 2026)
    ]

    assert numbers == [261 - 6, 261 - 6]


def test_a_reason_is_the_holiday_or_the_weekday_in_the_language_of_the_reader(two_years):
    saturday, tet = date(2026, 4, 25), date(2026, 2, 17)

    with force_locale("en"):
        reasons = queries.why_not(tet), queries.why_not(saturday)

    assert reasons == (
        "Lunar New Year",
        "The office is closed on this day of the week (Saturday).",
    )
    with force_locale("vi"):
        assert queries.why_not(tet) == "Tết Nguyên đán"


def test_no_holiday_is_known_that_nobody_entered(app):
    days = [date(2026, 1, 1), date(2026, 4, 30), date(2026, 9, 2), date(2026, 11, 24)]

    assert [queries.is_working_day(day) for day in days] == [True] * 4

    service.name_days(DayPlan(days[-1], DayKind.HOLIDAY, {"vi": "Ngày", "en": "Day", "ar": "يوم"}))

    assert queries.is_working_day(days[-1]) is False


def test_as_many_questions_are_asked_for_a_year_as_for_a_day(two_years, count_queries):
    with count_queries() as day:
        queries.working_days_between(date(2026, 1, 1), date(2026, 1, 1))
    with count_queries() as year:
        queries.working_days_between(date(2026, 1, 1), date(2026, 12, 31))

    assert day.number == year.number == 2


@pytest.mark.parametrize(
    ("free", "worked", "wrong"),
    [
        (date(2026, 3, 14), date(2026, 3, 21), ["day"]),
        (date(2026, 3, 13), date(2026, 3, 16), ["worked"]),
        (date(2026, 2, 17), date(2026, 3, 17), ["day", "worked"]),
        (date(2026, 3, 13), date(2026, 4, 27), ["worked"]),
    ],
)
def test_a_swap_needs_a_working_day_and_a_day_of_rest(two_years, free, worked, wrong):
    before = len(queries.list_days())

    with pytest.raises(InputError) as refusal:
        service.swap(free, worked, SWAPPED, None)

    assert sorted(refusal.value.fields) == wrong
    assert len(queries.list_days()) == before


@pytest.mark.parametrize(
    ("last", "field"),
    [(date(2026, 2, 20), "day"), (date(2026, 2, 1), "last_day"), (date(2027, 2, 1), "last_day")],
)
def test_days_named_twice_or_over_a_mistyped_year_are_refused(two_years, last, field):
    with pytest.raises(InputError) as refusal:
        service.name_days(DayPlan(date(2026, 2, 9), DayKind.HOLIDAY, TET), last)

    assert list(refusal.value.fields) == [field]


def test_a_corrected_day_keeps_what_it_said_in_the_audit(two_years):
    named = queries.find_day(date(2026, 1, 2))

    service.correct_day(
        named, DayPlan(date(2026, 1, 2), DayKind.HOLIDAY, {**SWAPPED, "vi": "Nghỉ bù"}, "15/TB")
    )
    db.session.commit()

    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.act == "calendar.corrected")
    ).one()
    values = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry.id))
    assert {(v.field, v.before, v.after) for v in values} == {
        ("name.vi", "Nghỉ hoán đổi", "Nghỉ bù"),
        ("document", "Thông báo (mẫu)", "15/TB"),
    }


def test_a_forgotten_day_is_as_its_weekday_is(two_years):
    service.forget_day(queries.find_day(date(2026, 4, 27)))

    assert queries.is_working_day(date(2026, 4, 27)) is True


def test_weekdays_with_office_hours_are_worked(app):
    week = [Stretch(day, time(7, 30), time(11, 30)) for day in range(6)]

    service.set_hours(week)

    assert queries.is_working_day(date(2026, 3, 14)) is True
    assert queries.is_working_day(date(2026, 3, 15)) is False


@pytest.mark.parametrize(
    "stretches",
    [
        [],
        [Stretch(0, time(11), time(8))],
        [Stretch(0, time(8), time(12)), Stretch(0, time(11), time(17))],
    ],
)
def test_office_hours_that_cannot_be_are_refused(app, stretches):
    before = [(row.weekday, row.opens, row.closes) for row in queries.list_hours()]

    with pytest.raises(InputError):
        service.set_hours(stretches)

    assert [(row.weekday, row.opens, row.closes) for row in queries.list_hours()] == before


def test_an_office_that_is_off_all_year_has_no_next_working_day(app):
    for month in range(1, 13):
        first = date(2026, month, 1)
        last = date(2026 + month // 12, month % 12 + 1, 1).toordinal() - 1
        service.name_days(DayPlan(first, DayKind.HOLIDAY, TET), date.fromordinal(last))

    assert queries.next_working_day(date(2026, 1, 1)) == date(2027, 1, 1)

    service.name_days(DayPlan(date(2027, 1, 1), DayKind.HOLIDAY, TET))

    with pytest.raises(DomainError):
        queries.next_working_day(date(2026, 1, 1))
