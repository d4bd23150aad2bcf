"""Amounts as they are typed in an office."""

import pytest

from coopevents import money
from coopevents.i18n import force_locale


@pytest.mark.parametrize(
    "typed",
    [
        "1500000",
        "1.500.000",
        " 1.500.000 đ",
        "1.500.000đ",
        "1.500.000 Đ",
        "1.500.000 đồng",
        "1.500.000 đo\u0302\u0300ng",
        "1.500.000 VND",
        "1.500.000 vnđ",
        "1.500.000₫",
        "1 500 000",
        "1\u00a0500\u202f000",
        "0001500000",
    ],
)
def test_one_amount_is_written_in_many_ways(app, typed):
    assert money.parse(typed) == 1_500_000


@pytest.mark.parametrize(
    "typed",
    [
        *("1,5", "1,500,000", "1,500", "1.5", "1.50", "15.00", "1.500.00", "1500.000", ".500"),
        *("-5", "+5", "1e6", "1.500,00", "1.500 000", "một triệu", "1,5 triệu", "đ", "1..500", "²"),
    ],
)
def test_what_is_no_whole_amount_is_refused(app, typed):
    with pytest.raises(ValueError, match=r"1\.500\.000"):
        money.parse(typed)


@pytest.mark.parametrize("locale", ["en", "ar"])
def test_commas_part_thousands_where_the_reader_writes_them_so(app, locale):
    with force_locale(locale):
        assert money.parse("1,500,000") == money.parse("1.500.000") == 1_500_000
        with pytest.raises(ValueError):
            money.parse("1,5")


@pytest.mark.parametrize(("typed", "value"), [("0", 0), ("1.000.000.000.000", 10**12)])
def test_the_smallest_and_the_largest_amount_are_kept(app, typed, value):
    assert money.parse(typed) == value


@pytest.mark.parametrize("typed", ["1.000.000.000.001", "9" * 5000])
def test_more_than_any_office_moves_is_refused(app, english, typed):
    with pytest.raises(ValueError, match="At most 1,000,000,000,000 đ"):
        money.parse(typed)
