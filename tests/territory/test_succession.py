"""What became of a unit, along the whole chain."""

from datetime import date

import pytest

from coopevents.db import db
from coopevents.territory import succession, units
from coopevents.territory.models import (
    AdministrativeSuccession,
    AdministrativeUnit,
    SuccessionKind,
    UnitLevel,
)
from coopevents.territory.units import REFORM
from tests.factories import find_commune

BEFORE, SECOND = date(2025, 6, 30), date(2030, 1, 1)


def make_unit(name: str, since: date | None = SECOND) -> AdministrativeUnit:
    unit = AdministrativeUnit(
        code=f"x{name}",
        name=name,
        name_fold=name.lower(),
        level=UnitLevel.COMMUNE,
        valid_from=since,
    )
    db.session.add(unit)
    db.session.flush()
    return unit


def link(old: AdministrativeUnit, new: AdministrativeUnit, kind: SuccessionKind) -> None:
    old.valid_to = date.fromordinal(new.valid_from.toordinal() - 1)
    db.session.add(AdministrativeSuccession(old_id=old.id, new_id=new.id, kind=kind))
    db.session.flush()


def split(name: str) -> AdministrativeUnit:
    """Answer the commune of that name that the reform split."""
    found = units.find_units(name, on=BEFORE)
    return next(u for u in found if len(succession.became(u)) > 1)


@pytest.fixture
def chain(programme):
    """An old commune, what it is today, and what that will be after a second reform."""
    old = find_commune(programme, "Gia Điền")
    (step,) = succession.became(old)
    later = make_unit("Xã Mai Sau")
    link(step.new, later, SuccessionKind.WHOLE)
    return old, step.new, later


def test_what_became_of_a_commune_is_told_with_its_kind(programme):
    old = find_commune(programme, "Gia Điền")

    (step,) = succession.became(old)

    assert (step.old, step.new.name, step.kind) == (old, "Xã Hạ Hòa", SuccessionKind.WHOLE)
    assert old in [step.old for step in succession.came_from(step.new)]
    assert [succession.came_from(old), succession.became(step.new)] == [[], []]


def test_the_parts_of_a_split_commune_begin_with_the_main_one(app):
    old = split("Cao Sơn")

    assert [(s.new.name, s.kind) for s in succession.became(old)] == [
        ("Xã Liên Sơn", SuccessionKind.MAIN_PART),
        ("Xã Lương Sơn", SuccessionKind.PART),
    ]


def test_a_chain_is_walked_to_its_end_both_ways(chain):
    old, middle, later = chain

    assert [(s.old, s.new) for s in succession.became(old)] == [(old, middle), (middle, later)]
    first, *further = succession.came_from(later)
    assert (first.old, first.new) == (middle, later)
    assert old in [step.old for step in further]


def test_a_unit_stands_for_another_on_another_day(chain):
    old, middle, later = chain

    standing = {
        day: succession.as_of([old.id, middle.id, later.id], day)
        for day in (BEFORE, REFORM, SECOND)
    }

    assert standing[REFORM] == {old.id: middle, middle.id: middle, later.id: middle}
    assert standing[SECOND] == {old.id: later, middle.id: later, later.id: later}
    # Today's commune was made of several: which of them is meant, the unit does not tell.
    assert standing[BEFORE] == {old.id: old, middle.id: None, later.id: None}


def test_a_split_commune_stands_for_none_after_the_reform(app):
    old = split("Cao Sơn")

    assert succession.as_of([old.id], BEFORE) == {old.id: old}
    assert succession.as_of([old.id], REFORM) == {old.id: None}
    assert succession.as_of([], REFORM) == {}


def test_a_commune_of_which_nothing_is_known_stands_for_none(app):
    lost = make_unit("Xã Lạc", since=None)
    lost.valid_to = BEFORE
    db.session.flush()

    assert succession.as_of([lost.id], REFORM) == {lost.id: None}
    assert lost in succession.gaps()


def test_a_commune_of_today_means_all_that_went_whole_into_it(chain):
    old, middle, later = chain
    parts = split("Cao Sơn")
    part = succession.became(parts)[0].new

    def ids(unit) -> set[int]:
        return set(db.session.scalars(succession.standing_for([unit.id])))

    assert {old.id, middle.id, later.id} <= ids(later)
    assert later.id not in ids(middle)
    assert ids(old) == {old.id}
    assert parts.id not in ids(part)


@pytest.mark.parametrize("number", [1, 3])
def test_succession_asks_the_same_number_of_questions_for_three_as_for_one(
    programme, count_queries, number
):
    ids = [unit.id for unit in units.communes_of(programme.territory)[:number]]

    with count_queries() as asked:
        succession.as_of(ids, REFORM)
        steps = succession.became_all(ids)
        succession.came_from_all(ids)
        named = [step.old.parent.name for unit_id in ids for step in steps[unit_id]]

    assert (asked.number, len(named)) == (3, number)


def test_three_provinces_went_into_todays_phu_tho(programme):
    today = units.territory_on(programme.territory, REFORM)

    former = succession.former_provinces(today)

    assert [unit.name for unit in former] == ["Tỉnh Hòa Bình", "Tỉnh Phú Thọ", "Tỉnh Vĩnh Phúc"]
    assert units.territory_on(programme.territory, BEFORE) == programme.territory


def test_the_ground_of_former_provinces_shares_no_commune(programme):
    today = units.territory_on(programme.territory, REFORM)
    former = succession.former_provinces(today)

    grounds = [
        set(db.session.scalars(succession.communes_of_former([province.id]))) for province in former
    ]

    assert [len(ground) for ground in grounds] == [151 + 46, 207 + 66, 121 + 36]
    assert not set.intersection(*grounds)


def test_a_commune_made_of_two_provinces_is_on_the_ground_of_neither(programme):
    today = units.territory_on(programme.territory, REFORM)
    hoa_binh, phu_tho, _vinh_phuc = succession.former_provinces(today)
    ours = find_commune(programme, "Gia Điền")
    (step,) = succession.became(ours)
    theirs = units.communes_of(hoa_binh)[0]
    db.session.add(
        AdministrativeSuccession(old_id=theirs.id, new_id=step.new.id, kind=SuccessionKind.PART)
    )
    db.session.flush()

    for province in (hoa_binh, phu_tho):
        ground = set(db.session.scalars(succession.communes_of_former([province.id])))
        assert step.new.id not in ground


def test_gaps_of_the_data_are_told_and_not_hidden(app):
    assert [unit.name for unit in succession.gaps()] == [
        *("Đặc khu Bạch Long Vĩ", "Đặc khu Cồn Cỏ", "Đặc khu Côn Đảo", "Đặc khu Hoàng Sa"),
        "Đặc khu Lý Sơn",
    ]
