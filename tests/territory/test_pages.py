"""The pages that tell what communes were and became."""

import re
from datetime import date

import pytest

from coopevents.accounts.models import Role
from coopevents.territory import succession, units, views
from coopevents.territory.units import REFORM
from tests.browsing import signed_in
from tests.factories import find_commune, make_organisation


@pytest.fixture
def viewer(client, programme):
    return signed_in(client, programme, Role.VIEWER)


def rows(page: str, caption: str) -> list[list[str]]:
    """Answer the cells of the table of that caption, as they are read."""
    (table,) = re.findall(rf"<caption>\s*{caption}.*?</table>", page, re.S)
    body = table.partition("<tbody>")[2]
    return [
        [
            " ".join(re.sub(r"<[^>]*>", " ", cell).split())
            for cell in re.findall(r"<t[hd].*?</t[hd]>", row, re.S)
        ]
        for row in re.findall(r"<tr>.*?</tr>", body, re.S)
    ]


def test_an_old_commune_tells_its_days_its_district_and_what_became_of_it(viewer):
    page = viewer.get("/territory/?q=gia dien&lang=en").text

    assert rows(page, "Communes") == [
        [
            *("Xã Gia Điền", "until 30 Jun 2025", "Huyện Hạ Hòa , Tỉnh Phú Thọ"),
            *("—", "Xã Hạ Hòa (whole)"),
        ]
    ]


def test_a_commune_of_today_tells_what_it_was(viewer):
    page = viewer.get("/territory/?q=lien son&lang=en").text

    today = next(row for row in rows(page, "Communes") if row[1] == "since 1 Jul 2025")
    assert today[:3] == ["Xã Liên Sơn", "since 1 Jul 2025", "Tỉnh Phú Thọ"]
    assert "Xã Cao Sơn (the main part, Huyện Lương Sơn )" in today[3]
    assert today[4] == "stands today"


def test_a_search_stays_in_the_province_unless_told_otherwise(viewer):
    here = viewer.get("/territory/?q=Bạch Long Vĩ&lang=en").text
    everywhere = viewer.get("/territory/?q=Bạch Long Vĩ&where=country&lang=en").text

    assert "No commune bears such a name." in here
    assert [row[0] for row in rows(everywhere, "Communes")] == ["Đặc khu Bạch Long Vĩ"]
    assert rows(everywhere, "Communes")[0][3] == "nothing in the data"


def test_a_search_with_too_many_hits_says_so(viewer):
    page = viewer.get("/territory/?q=a&lang=en").text

    assert len(rows(page, "Communes")) == 50
    assert "More bear such a name: type another word." in page


def test_gaps_of_the_data_are_shown(viewer):
    gaps = rows(viewer.get("/territory/?lang=en").text, "Gaps in the data")

    assert [(row[0], row[3]) for row in gaps] == [
        ("Đặc khu Bạch Long Vĩ", "what it was"),
        ("Đặc khu Cồn Cỏ", "what it was"),
        ("Đặc khu Côn Đảo", "what it was"),
        ("Đặc khu Hoàng Sa", "what it was"),
        ("Đặc khu Lý Sơn", "what it was"),
    ]


def test_a_place_that_does_not_exist_is_no_choice(viewer):
    assert viewer.get("/territory/?q=gia dien&where=moon").status_code == 200


def test_the_page_of_a_commune_shows_every_step(viewer, programme):
    old = find_commune(programme, "Gia Điền")
    new = succession.became(old)[0].new

    of_old = viewer.get(f"/territory/{old.id}?lang=en").text
    of_new = viewer.get(f"/territory/{new.id}?lang=en").text

    step = ["Xã Gia Điền", "Huyện Hạ Hòa", "whole", "Xã Hạ Hòa", "1 Jul 2025"]
    assert rows(of_old, "What became of it") == [step]
    assert "It was there before the lists begin." in of_old
    assert step in rows(of_new, "What it was")
    assert "It stands today." in of_new


def test_what_is_no_commune_has_no_page(viewer, programme):
    district = find_commune(programme).parent_id

    assert viewer.get(f"/territory/{district}").status_code == 404
    assert viewer.get("/territory/999999999").status_code == 404


@pytest.mark.parametrize("number", [1, 3])
def test_pages_ask_as_many_questions_for_three_as_for_one(viewer, programme, count_queries, number):
    for _ in range(number):
        make_organisation(programme)
    q = {1: "gia dien", 3: "hop"}[number]
    province = units.territory_on(programme.territory, REFORM)
    within = [province.id, *(unit.id for unit in succession.former_provinces(province))]
    assert len(units.search_units(q, within=within)) >= number

    with count_queries() as asked:
        viewer.get(f"/territory/?q={q}")

    assert asked.number == 12


def test_a_long_list_of_open_seats_says_how_many_follow(viewer, programme, monkeypatch):
    split = next(
        unit
        for unit in units.find_units("Cao Sơn", on=date(2025, 6, 30))
        if unit.parent.name == "Huyện Lương Sơn"
    )
    for _ in range(3):
        make_organisation(programme, commune=split)
    monkeypatch.setattr(views, "MOST_ASKED", 2)

    page = viewer.get("/territory/undecided?lang=en").text

    assert "1 more follow once these are said." in page
    assert len(rows(page, "Organisations")) == 2
