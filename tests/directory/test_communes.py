"""Choosing a commune by what somebody types."""

from datetime import date

import pytest

from coopevents.directory import communes
from coopevents.errors import InputError
from coopevents.i18n import force_locale

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


@pytest.mark.parametrize(
    ("typed", "on", "found"),
    [
        ("Xã Gia Điền", BEFORE, "Xã Gia Điền, Huyện Hạ Hòa"),
        ("gia dien", BEFORE, "Xã Gia Điền, Huyện Hạ Hòa"),
        ("Gia Điền, huyện Hạ Hoà", BEFORE, "Xã Gia Điền, Huyện Hạ Hòa"),
        ("gia dien", AFTER, "Xã Hạ Hòa"),
        ("Xã Hạ Hoà", AFTER, "Xã Hạ Hòa"),
        ("Hiền Lương", AFTER, "Xã Hiền Lương"),
        ("Thịnh Lang", AFTER, "Phường Hòa Bình"),
    ],
)
def test_a_name_stands_for_the_commune_of_the_day(programme, typed, on, found):
    assert communes.label(communes.choose(typed, programme.territory, on)) == found


@pytest.mark.parametrize(
    ("typed", "on"), [("Không Có", AFTER), ("", AFTER), ("Thịnh Lang", BEFORE)]
)
def test_a_name_of_nowhere_is_refused_beside_its_field(programme, typed, on):
    with pytest.raises(InputError) as refused:
        communes.choose(typed, programme.territory, on)

    assert list(refused.value.fields) == ["commune"]


@pytest.mark.parametrize(
    ("typed", "on", "choice"),
    [
        # Split in two by the reform: the organisation has to say where it lies.
        ("Xã Vầy Nưa", AFTER, "Phường Thống Nhất; Xã Tiền Phong"),
        # Two of one name, in different districts, went to different places.
        ("Tân Minh", AFTER, "Xã Cao Sơn; Xã Văn Miếu"),
        # Made of three by the reform: on an earlier day it was one of them.
        (
            "Xã Liên Minh",
            BEFORE,
            "Xã Lương Lỗ, Huyện Thanh Ba; Xã Đỗ Sơn, Huyện Thanh Ba; Xã Đỗ Xuyên, Huyện Thanh Ba",
        ),
    ],
)
def test_a_name_of_several_asks_which_one(programme, typed, on, choice):
    with pytest.raises(InputError) as refused, force_locale("en"):
        communes.choose(typed, programme.territory, on)

    assert str(refused.value) == (f"“{typed}” may be several communes; write which one: {choice}.")


def test_the_choice_of_a_day_is_that_days_communes(programme):
    today, then = (communes.labels_on(programme.territory, on) for on in (AFTER, BEFORE))

    assert (len(today), "Xã Hiền Lương" in today) == (148, True)
    assert "Xã Gia Điền, Huyện Hạ Hòa" in then
