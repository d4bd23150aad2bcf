"""Numbers, days and sexes are read as Vietnamese writes them; what may be two things is refused."""

from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.db import db
from coopevents.directory.models import (
    DatePrecision,
    HeadCount,
    Organisation,
    OrganisationSupport,
    Person,
    Sex,
)
from coopevents.errors import InputError
from coopevents.i18n import _
from coopevents.intake.models import ImportBatch
from coopevents.intake.service import import_register
from tests.intake import sheets

AS_OF = date(2026, 7, 31)


def bring(programme, *changes):
    """Import rows of a commune that stood before and after the reform, each changed a little."""
    place = {"commune": "Xã Thu Cúc", "district": ""}
    data = sheets.register(*(sheets.row(**{**place, **changed}) for changed in changes))
    import_register(programme.register, programme.territory, "so.xlsx", data, as_of=AS_OF)


@pytest.mark.case(40)
def test_cells_are_read_by_the_declared_locale(programme):
    bring(
        programme,
        {"name": "HTX A", "members": "1.146", "founded": "05/02/2026", "sex": "Nữ", "support": "x"},
        {
            "name": "HTX B",
            "members": 1146,
            "founded": date(2026, 2, 5),
            "sex": "nu",
            "support": "X",
        },
        {"name": "HTX C", "members": "1146", "founded": "2026", "sex": "NỮ", "support": "✓"},
    )

    founded = select(Organisation.founded_on, Organisation.founded_precision)
    assert db.session.execute(founded.order_by(Organisation.id)).all() == [
        (date(2026, 2, 5), DatePrecision.DAY),
        (date(2026, 2, 5), DatePrecision.DAY),
        (date(2026, 1, 1), DatePrecision.YEAR),
    ]
    assert db.session.scalars(select(HeadCount.members)).all() == [1146] * 3
    assert db.session.scalars(select(Person.sex)).all() == [Sex.FEMALE] * 3
    assert count(OrganisationSupport) == 3


@pytest.mark.case(40)
@pytest.mark.parametrize(
    ("changed", "place", "why"),
    [
        (
            {"members": "1,146"},
            "HTX!L7 (Thành viên / Tổng số)",
            (
                "“%(text)s” is ambiguous: a comma begins the decimals in Vietnamese. Write the "
                "number without separators."
            ),
        ),
        # A program set to English stores what was typed as "1.146" as a fraction.
        ({"members": 1.146}, "HTX!L7 (Thành viên / Tổng số)", "“%(text)s” is no whole number."),
        (
            {"founded": "02/13/2026"},
            "HTX!F7 (Ngày/năm thành lập)",
            "“%(text)s” is no day of the calendar.",
        ),
        (
            {"founded": "5/2/26"},
            "HTX!F7 (Ngày/năm thành lập)",
            "“%(text)s” has a year of two digits: write all four.",
        ),
        (
            {"founded": "2/2026"},
            "HTX!F7 (Ngày/năm thành lập)",
            "“%(text)s” names a month: write the day as well, or the year alone.",
        ),
        (
            {"founded": 46058},
            "HTX!F7 (Ngày/năm thành lập)",
            "“%(text)s” is a number: format the cell as a date.",
        ),
        ({"sex": "x"}, "HTX!H7 (Người đại diện / Giới tính)", "“%(text)s” is neither Nữ nor Nam."),
        ({"sex": "N"}, "HTX!H7 (Người đại diện / Giới tính)", "“%(text)s” is neither Nữ nor Nam."),
        (
            {"support": "?"},
            "HTX!Q7 (Hội LHPN hỗ trợ thành lập)",
            "“%(text)s” is neither x nor empty.",
        ),
    ],
)
def test_an_ambiguous_row_is_refused_and_nothing_written(programme, changed, place, why):
    with pytest.raises(InputError) as refusal:
        bring(programme, changed, {"name": "HTX B"})

    (text,) = changed.values()
    assert refusal.value.fields == {place: _(why, text=text)}
    assert (count(Organisation), count(Person), count(ImportBatch)) == (0, 0, 0)


def count(table) -> int | None:
    return db.session.scalar(select(func.count()).select_from(table))
