from datetime import date, time

import pytest

from coopevents.directory.models import DatePrecision, PostKind, Sex
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake import reading
from coopevents.intake.reading import Day


@pytest.mark.parametrize(
    ("cell", "day", "precision"),
    [
        (date(2001, 3, 19), date(2001, 3, 19), DatePrecision.DAY),
        (2005.0, date(2005, 1, 1), DatePrecision.YEAR),
        ("2005", date(2005, 1, 1), DatePrecision.YEAR),
        ("05/02/2026", date(2026, 2, 5), DatePrecision.DAY),
        (" 5/2/2026 ", date(2026, 2, 5), DatePrecision.DAY),
        ("2026-02-05", date(2026, 2, 5), DatePrecision.DAY),
        ("05-02-2026", date(2026, 2, 5), DatePrecision.DAY),
        ("5.2.2026", date(2026, 2, 5), DatePrecision.DAY),
        ("Ngày 5 tháng 2 năm 2026", date(2026, 2, 5), DatePrecision.DAY),
        ("05/02/2026\u200b", date(2026, 2, 5), DatePrecision.DAY),
        ("năm 2005", date(2005, 1, 1), DatePrecision.YEAR),
    ],
)
def test_read_day_takes_dates_years_and_days_written_out(app, cell, day, precision):
    assert reading.read_day(cell) == Day(day, precision)


@pytest.mark.parametrize(
    ("cell", "why"),
    [
        ("5/2/26", "“%(text)s” has a year of two digits: write all four."),
        ("05-02-26", "“%(text)s” has a year of two digits: write all four."),
        ("2/2026", "“%(text)s” names a month: write the day as well, or the year alone."),
        ("tháng 2/2026", "“%(text)s” names a month: write the day as well, or the year alone."),
        ("Tháng 2 năm 2026", "“%(text)s” names a month: write the day as well, or the year alone."),
        ("31/02/2026", "“%(text)s” is no day of the calendar."),
        ("02/13/2021", "“%(text)s” is no day of the calendar."),
        ("29-02-2023", "“%(text)s” is no day of the calendar."),
        ("38245", "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        ("31/02", "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        ("5/2-2026", "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        ("khoảng 2010", "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        ("٥/٢/٢٠٢٦", "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        (True, "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        (time(8, 30), "“%(text)s” is neither a date, nor a year, nor written as dd/mm/yyyy."),
        (38245.0, "“%(text)s” is a number: format the cell as a date."),
        (0.5, "“%(text)s” is a number: format the cell as a date."),
    ],
)
def test_read_day_guesses_nothing(app, cell, why):
    with pytest.raises(InputError) as refusal:
        reading.read_day(cell)

    assert str(refusal.value) == _(why, text=reading.read_text(cell))


@pytest.mark.parametrize("cell", ["1850", 1850.0, date(1899, 12, 31), "2101", "0000"])
def test_read_day_refuses_years_that_cannot_be_right(app, cell):
    with pytest.raises(InputError):
        reading.read_day(cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (12.0, 12),
        ("8", 8),
        ("1.146", 1146),
        ("12.345.6", None),
        ("", None),
        ("1.146.000", 1_146_000),
        ("\u00a01146\u200b ", 1146),
    ],
)
def test_read_number_takes_a_point_for_thousands(app, cell, number):
    if cell == "12.345.6":
        with pytest.raises(InputError):
            reading.read_number(cell)
    else:
        assert reading.read_number(cell) == number


@pytest.mark.parametrize(
    "cell", [1.146, "-3", "mười", "99999999999", "³", "0.146", "1.14", "1 146", "12.0", "٣", True]
)
def test_read_number_refuses_what_is_no_whole_number(app, cell):
    with pytest.raises(InputError):
        reading.read_number(cell)


@pytest.mark.parametrize("cell", ["1,146", "12,5", "1,146,000"])
def test_read_number_calls_a_comma_ambiguous(app, cell):
    with pytest.raises(InputError) as refusal:
        reading.read_number(cell)

    assert str(refusal.value) == _(
        "“%(text)s” is ambiguous: a comma begins the decimals in Vietnamese. Write the "
        "number without separators.",
        text=cell,
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("  HTX \u00a0 chè\u200b\n", "HTX chè"),
        ("HTX che\u0300", "HTX chè"),
        ("\ufeffHTX\u2009chè", "HTX chè"),
        ("Đất\u00ad Tổ", "Đất Tổ"),
        (900000006.0, "900000006"),
        ("0900000006", "0900000006"),
    ],
)
def test_read_text_answers_clean_text(cell, text):
    assert reading.read_text(cell) == text


@pytest.mark.parametrize(
    "cell", [900000006.0, "0900.000.006", "0900 000 006", "+84 900000006", "0900000006"]
)
def test_read_phone_answers_e164(app, cell):
    assert reading.read_phone(cell) == "+84900000006"


@pytest.mark.parametrize("cell", ["12345", "chưa có", "0900000006; 0900000007"])
def test_read_phone_refuses_what_is_no_number(app, cell):
    with pytest.raises(InputError):
        reading.read_phone(cell)


def test_read_email_answers_lower_case(app):
    assert reading.read_email(" Mai.HTX@Coop.example") == "mai.htx@coop.example"


@pytest.mark.parametrize("cell", ["mai@", "ánh@coop.example", "mai coop.example"])
def test_read_email_refuses_what_is_no_address(app, cell):
    with pytest.raises(InputError):
        reading.read_email(cell)


@pytest.mark.parametrize(
    ("cell", "sex"),
    [
        *(("Nữ", Sex.FEMALE), ("NỮ ", Sex.FEMALE), ("nu", Sex.FEMALE), ("nữ", Sex.FEMALE)),
        *(("nam", Sex.MALE), ("", Sex.NOT_STATED), ("Không khai", Sex.NOT_STATED)),
    ],
)
def test_read_sex_takes_only_what_is_stated(app, cell, sex):
    assert reading.read_sex(cell) == sex


@pytest.mark.parametrize("cell", ["x", "F", "M", "N", "Nữ?", "1", True])
def test_read_sex_refuses_what_does_not_say_it(app, cell):
    with pytest.raises(InputError):
        reading.read_sex(cell)


@pytest.mark.parametrize(
    ("cell", "ticked"),
    [
        *(("x", True), ("X", True), (" x\u00a0", True), ("✓", True), ("✔", True), ("☑", True)),
        *(("√", True), (True, True), (False, False), ("", False), (" ", False)),
    ],
)
def test_read_mark_takes_an_x_a_tick_and_a_box(app, cell, ticked):
    assert reading.read_mark(cell) is ticked


@pytest.mark.parametrize("cell", ["có", "không", "1", 0.0, "xx", "✗", "☒", "?"])
def test_read_mark_refuses_what_may_mean_either(app, cell):
    with pytest.raises(InputError):
        reading.read_mark(cell)


@pytest.mark.parametrize(("cell", "stars"), [(3.0, 3), ("4 sao", 4), ("*****", 5), ("", None)])
def test_read_stars_takes_three_ways_of_writing(app, cell, stars):
    assert reading.read_stars(cell) == stars


@pytest.mark.parametrize("cell", ["**", 6.0, "ba sao"])
def test_read_stars_refuses_others(app, cell):
    with pytest.raises(InputError):
        reading.read_stars(cell)


@pytest.mark.parametrize(
    ("cell", "post"),
    [
        ("Chủ tịch HĐQT", PostKind.BOARD_CHAIR),
        ("PHÓ GIÁM ĐỐC", PostKind.DEPUTY_DIRECTOR),
        ("Tổ trưởng", PostKind.GROUP_LEADER),
        ("Cố vấn", PostKind.OTHER),
    ],
)
def test_read_post_knows_the_titles_of_registers(app, cell, post):
    assert reading.read_post(cell) == post
