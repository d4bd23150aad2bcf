"""Units found by name, of today and of before."""

import unicodedata
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.db import db, valid_on
from coopevents.territory import units
from coopevents.territory.models import AdministrativeSuccession, AdministrativeUnit, UnitLevel
from coopevents.territory.succession import former_provinces

BEFORE = date(2025, 6, 30)


@pytest.mark.parametrize(
    ("level", "until_the_reform", "since"),
    [(UnitLevel.PROVINCE, 63, 34), (UnitLevel.DISTRICT, 696, 0), (UnitLevel.COMMUNE, 10035, 3321)],
)
def test_the_country_is_there_as_it_was_and_as_it_is(app, level, until_the_reform, since):
    def count(day: date) -> int | None:
        return db.session.scalar(
            select(func.count())
            .select_from(AdministrativeUnit)
            .where(AdministrativeUnit.level == level, valid_on(AdministrativeUnit, day))
        )

    assert count(BEFORE) == until_the_reform
    assert count(units.REFORM) == since


def test_old_communes_of_phu_tho_went_into_sixty_six_of_the_new(app, programme):
    old = units.communes_of(programme.territory)

    new = db.session.scalars(
        select(AdministrativeSuccession.new_id)
        .where(AdministrativeSuccession.old_id.in_([unit.id for unit in old]))
        .distinct()
    ).all()

    assert len(old) == 207
    assert len(new) == 66
    assert len(units.communes_of(units.find_province("phu tho", units.REFORM))) == 148


@pytest.mark.case(20)
@pytest.mark.parametrize(
    "name",
    [
        *("Thị trấn Hạ Hòa", "Thị trấn Hạ Hoà", "thi tran ha hoa", "Hạ Hòa", "hạ hoà", "ha hoa"),
        unicodedata.normalize("NFD", "Hạ Hoà"),
    ],
)
def test_a_commune_is_found_whatever_its_marks_and_the_word_before_it(programme, name):
    found = units.find_units(name, on=BEFORE, within=[programme.territory_id])

    assert [(unit.name, unit.parent.name) for unit in found] == [
        ("Thị trấn Hạ Hòa", "Huyện Hạ Hòa")
    ]


def test_a_name_with_its_word_prefers_that_kind_of_commune(app):
    (bare, *_), (ward, *_) = units.find_units("Hòa Bình"), units.find_units("Phường Hòa Bình")

    assert (bare.name, ward.name) == ("Phường Hòa Bình", "Phường Hòa Bình")
    assert units.find_units("Xã Hòa Bình")[0].name == "Xã Hòa Bình"


def test_a_name_that_begins_like_a_word_for_communes_is_found_whole(app):
    ward = AdministrativeUnit(
        code="x", name="Phường Xa La", name_fold="phuong xa la", level=UnitLevel.COMMUNE
    )
    db.session.add(ward)
    db.session.flush()

    assert units.find_units("Xa La") == [ward]
    assert units.find_units("phường xa la") == [ward]


def test_a_commune_of_another_day_or_province_is_left_out(programme):
    today = units.territory_on(programme.territory, units.REFORM)

    def found(**where) -> list[tuple[str, str]]:
        communes = units.find_units("Cao Sơn", **where)
        return [(unit.name, units.province_of(unit).name) for unit in communes]

    of_before = found(on=BEFORE, within=[unit.id for unit in former_provinces(today)])
    assert of_before == [("Xã Cao Sơn", "Tỉnh Hòa Bình")] * 2
    assert found(within=[programme.territory_id]) == []
    assert found(on=units.REFORM, within=[today.id]) == [("Xã Cao Sơn", "Tỉnh Phú Thọ")]


def test_a_search_finds_parts_of_words_in_any_order_and_the_marks_typed_first(programme):
    today = units.territory_on(programme.territory, units.REFORM)
    within = [today.id, *(unit.id for unit in former_provinces(today))]

    found = units.search_units("hoa ha", within=within)
    marked = units.search_units("Hạ Hòa", within=within)
    cut_short = units.search_units("hie quan", within=[today.id])

    assert {"Xã Hạ Hòa", "Thị trấn Hạ Hòa"} <= {unit.name for unit in found}
    assert [unit.name for unit in marked][:2] == ["Xã Hạ Hòa", "Thị trấn Hạ Hòa"]
    assert [unit.name for unit in cut_short] == ["Xã Hiền Quan"]
    assert units.search_units("  ") == []


def test_a_province_is_found_by_its_name_on_a_day(programme):
    assert units.find_province("Phú Thọ", BEFORE) == programme.territory
    assert units.find_province("tỉnh phu tho", units.REFORM).valid_from == units.REFORM
    assert units.find_province("Hoà Bình", units.REFORM) is None
