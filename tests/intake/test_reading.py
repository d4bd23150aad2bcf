from datetime import date

import pytest

from coopevents.directory.models import DatePrecision, PostKind, Sex
from coopevents.errors import InputError
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
    ],
)
def test_read_day_takes_dates_years_and_days_written_out(app, cell, day, precision):
    assert reading.read_day(cell) == Day(day, precision)


@pytest.mark.parametrize(
    "cell", ["02/13/2021", "5/2/26", "3/2021", "31/02/2020", 38245.0, "1850", "khoảng 2010", 0.5]
)
def test_read_day_guesses_nothing(app, cell):
    with pytest.raises(InputError):
        reading.read_day(cell)


@pytest.mark.parametrize(
    ("cell", "number"), [(12.0, 12), ("8", 8), ("1.146", 1146), ("12.345.6", None), ("", None)]
)
def test_read_number_takes_a_point_for_thousands(app, cell, number):
    if cell == "12.345.6":
        with pytest.raises(InputError):
            reading.read_number(cell)
    else:
        assert reading.read_number(cell) == number


@pytest.mark.parametrize("cell", [1.146, "1,146", "-3", "mười", "99999999999", "³"])
def test_read_number_refuses_what_is_no_whole_number(app, cell):
    with pytest.raises(InputError):
        reading.read_number(cell)


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
    [("NỮ ", Sex.FEMALE), ("nu", Sex.FEMALE), ("nam", Sex.MALE), ("", Sex.NOT_STATED)],
)
def test_read_sex_takes_only_what_is_stated(app, cell, sex):
    assert reading.read_sex(cell) == sex


def test_read_sex_refuses_a_cross(app):
    with pytest.raises(InputError):
        reading.read_sex("x")


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
