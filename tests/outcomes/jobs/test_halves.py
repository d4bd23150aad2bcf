"""Half-years of reports: their days, their order, how an address names them."""

from datetime import date

import pytest

from coopevents.outcomes.jobs.halves import HalfYear, ended_by, offered


@pytest.mark.parametrize(
    ("day", "key"),
    [
        (date(2024, 12, 14), "2024-2"),
        (date(2024, 12, 15), "2025-1"),
        (date(2025, 6, 14), "2025-1"),
        (date(2025, 6, 15), "2025-2"),
        (date(2025, 12, 31), "2026-1"),
    ],
)
def test_a_day_lies_in_one_half_year(day, key):
    assert HalfYear.of(day).key == key


def test_half_years_follow_each_other_without_a_gap():
    half = HalfYear(2025, 2)

    assert (half.first_on, half.last_on) == (date(2025, 6, 15), date(2025, 12, 14))
    assert (half.before, half.after) == (HalfYear(2025, 1), HalfYear(2026, 1))
    assert (half.after.before, half.before.after) == (half, half)


@pytest.mark.parametrize("key", ["", "2025", "2025-3", "1999-1", "2025-1 ", "x-1"])
def test_what_names_no_half_year_is_none(key):
    assert HalfYear.read(key) is None


@pytest.mark.parametrize(
    ("day", "key"),
    [(date(2024, 8, 21), "2024-1"), (date(2024, 12, 14), "2024-2"), (date(2024, 12, 15), "2024-2")],
)
def test_the_last_half_year_that_ended(day, key):
    assert ended_by(day).key == key


def test_those_of_the_programme_begin_with_the_one_of_the_baseline():
    halves = offered(date(2024, 8, 21), date(2025, 6, 15))

    assert [half.key for half in halves] == ["2025-2", "2025-1", "2024-2", "2024-1"]
