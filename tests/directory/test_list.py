"""The list of organisations: narrowed, counted, and taken away as a file."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory import lists, queries
from coopevents.directory.models import (
    DatePrecision,
    OrganisationCode,
    OrganisationKind,
    OrganisationSector,
    OrganisationStatusKind,
    Sex,
)
from tests import event_factories as made
from tests.browsing import signed_in
from tests.factories import (
    make_certificate,
    make_contact_point,
    make_head_count,
    make_name,
    make_organisation,
    make_person,
    make_post,
    make_status,
)

TODAY = date(2026, 11, 25)


@pytest.fixture(autouse=True)
def some_day():
    with time_machine.travel("2026-11-25T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def shown(client, **asked) -> list[str]:
    """Answer the names on the page, in its order."""
    answer = client.get("/organisations/", query_string={"lang": "en", **asked})
    assert answer.status_code == 200
    return re.findall(r'href="/organisations/\d+"><bdi>([^<]*)</bdi>', answer.text)


def hits(client, **asked) -> str:
    page = client.get("/organisations/", query_string={"lang": "en", **asked}).text
    told = re.search(r'caption-note">([^<]*)<', page)
    if told:
        return told[1].strip()
    later = re.search(r'hx-get="(/organisations/count[^"]*)"', page)[1].replace("&amp;", "&")
    by_script = client.get(later, headers={"HX-Request": "true"}).text
    without = client.get(client.get(later).location).text
    assert re.search(r'caption-note">([^<]*)<', without)[1].strip() == by_script
    return by_script


def listed(data: bytes) -> list[list[object]]:
    """Answer the rows of a workbook below its headings."""
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return rows[next(place for place, row in enumerate(rows) if row[0] == "Name") + 1 :]


def test_the_list_shows_who_operates_unless_another_state_is_asked_for(officer, programme):
    for name, status in (
        ("A", OrganisationStatusKind.OPERATING),
        ("B", OrganisationStatusKind.DISSOLVED),
        ("C", OrganisationStatusKind.SUSPENDED),
        ("D", OrganisationStatusKind.STOPPED),
        ("E", None),
    ):
        make_organisation(programme, name=name, status=status)

    assert shown(officer) == ["A"]
    assert [
        shown(officer, status=s) for s in ("dissolved", "suspended", "stopped", "not_told")
    ] == [*(["B"], ["C"], ["D"], ["E"])]
    assert shown(officer, status="all") == ["A", "B", "C", "D", "E"]


def test_the_list_is_of_the_day_asked_for(officer, programme):
    organisation = make_organisation(programme, name="Tên cũ", status=None)
    (old,) = queries.history(queries.OrganisationName, organisation.id)
    old.valid_to = date(2025, 5, 31)
    make_name(organisation, "Tên mới", valid_from=date(2025, 6, 1))
    make_status(organisation, valid_to=date(2025, 12, 31))
    make_status(organisation, OrganisationStatusKind.STOPPED, valid_from=date(2026, 1, 1))

    assert shown(officer, on="2025-05-31") == ["Tên cũ"]
    assert shown(officer, on="2025-12-31") == ["Tên mới"]
    assert shown(officer) == []
    assert shown(officer, status="stopped") == ["Tên mới"]


def test_the_list_tells_yes_no_and_not_known_apart(officer, programme):
    make_organisation(programme, name="A", woman_head=True)
    make_organisation(programme, name="B", woman_head=False)
    make_organisation(programme, name="C", woman_head=None)
    unstated = make_organisation(programme, name="D", woman_head=None)
    make_post(make_person(programme, sex=Sex.NOT_STATED), unstated)

    assert [shown(officer, women_led=said) for said in ("yes", "no", "unknown", "")] == [
        *(["A"], ["B"], ["C", "D"], ["A", "B", "C", "D"])
    ]


def test_the_list_is_narrowed_by_sector_and_by_highest_valid_star(officer, programme):
    four, three, expired, withdrawn = (
        make_organisation(programme, name=name) for name in ("A", "B", "C", "D")
    )
    db.session.add(OrganisationSector(organisation_id=four.id, sector="Trồng trọt"))
    db.session.add(
        OrganisationSector(
            organisation_id=three.id, sector="Trồng trọt", valid_to=date(2025, 12, 31)
        )
    )
    for organisation, stars in ((four, 3), (four, 4), (three, 3)):
        make_certificate(organisation, stars=stars, issued_on=date(2025, 1, 15), product=f"{stars}")
    make_certificate(expired, stars=5, issued_on=date(2023, 11, 25))
    make_certificate(withdrawn, stars=5, issued_on=date(2025, 1, 15), withdrawn_on=date(2026, 1, 1))

    assert shown(officer, sector="Trồng trọt") == ["A"]
    assert [shown(officer, ocop=stars) for stars in ("any", "3", "4", "5")] == [
        *(["A", "B"], ["B"], ["A"], [])
    ]
    assert shown(officer, ocop="5", on="2026-11-24") == ["C"]


def test_of_whom_only_the_year_is_known_the_whole_year_must_lie_in_the_stretch(officer, programme):
    make_organisation(programme, name="A", founded_on=date(2024, 8, 21))
    by_year = make_organisation(programme, name="B", founded_on=date(2024, 1, 1))
    by_year.founded_precision = DatePrecision.YEAR
    make_organisation(programme, name="C")

    assert shown(officer, founded_from="2024-08-21") == ["A"]
    assert shown(officer, founded_from="2024-08-22") == []
    assert shown(officer, founded_from="2024-01-01", founded_to="2024-12-30") == ["A"]
    assert shown(officer, founded_from="2024-01-01", founded_to="2024-12-31") == ["A", "B"]


def test_the_list_tells_who_can_be_reached_in_which_way(officer, programme):
    make_organisation(programme, name="A", email="a@coop.example", phone="+84900000001")
    held = make_organisation(programme, name="B", email="b@coop.example")
    queries.contact_points([held.id])[held.id][0].held_at = clock.now()
    make_contact_point(make_organisation(programme, name="C"), "zalo", "+84900000002")
    make_contact_point(make_organisation(programme, name="D"), "paper", "Thôn 1")

    asked = ("email", "no_email", "phone", "no_phone", "none")
    assert {way: shown(officer, reach=way) for way in asked} == {
        "email": ["A"],
        "no_email": ["B", "C", "D"],
        "phone": ["A", "C"],
        "no_phone": ["B", "D"],
        "none": ["B"],
    }


def test_the_list_finds_whom_nobody_has_come_for_since_a_day(officer, programme):
    came, invited = make_organisation(programme, name="A"), make_organisation(programme, name="B")
    make_organisation(programme, name="C")
    event = made.make_event(programme, sessions=[(date(2026, 3, 10), *made.MORNING)])
    made.make_invitation(event, invited)
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme), came))
    made.close(event)

    assert shown(officer, unreached_since="2026-03-10") == ["B", "C"]
    assert shown(officer, unreached_since="2026-03-11") == ["A", "B", "C"]


def test_filters_hold_together(officer, programme):
    make_organisation(programme, name="A", email="a@coop.example")
    make_organisation(programme, name="B", email="b@coop.example", woman_head=False)
    make_organisation(
        programme, name="C", email="c@coop.example", kind=OrganisationKind.LINKED_GROUP
    )

    assert shown(officer, women_led="yes", reach="email", kind="linked_group") == ["C"]


def test_the_number_of_hits_is_that_of_all_pages(officer, programme, monkeypatch):
    for number in range(52):
        make_organisation(programme, name=f"HTX {number:02d}", woman_head=number == 0)

    assert (hits(officer), hits(officer, women_led="yes")) == ("52 organisations", "1 organisation")
    monkeypatch.setattr(lists, "COUNTED_UP_TO", 51)
    assert hits(officer) == "more than 51 organisations"


@pytest.mark.parametrize("field", ["on", "founded_from", "founded_to", "unreached_since"])
def test_what_is_no_day_is_refused_beside_its_field(officer, programme, field):
    make_organisation(programme, name="A")

    page = officer.get("/organisations/", query_string={field: "31/02/2026", "lang": "en"})
    file = officer.get("/organisations/export.csv", query_string={field: "x"})

    assert (page.status_code, file.status_code) == (422, 422)
    assert f'id="{field}-error"' in page.text
    assert ">A</bdi>" not in page.text


@pytest.mark.parametrize("page", ["/organisations/", "/attendance/by-organisation"])
def test_a_filter_nobody_touched_has_nothing_wrong(officer, programme, page):
    assert "field-error" not in officer.get(page).text
    assert "field-error" not in officer.get(f"{page}?lang=en").text


def test_an_address_with_words_of_ours_breaks_no_link(officer, programme):
    asked = {"endpoint": "x", "form": "x", "after": None}

    assert officer.get("/organisations/", query_string=asked).status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_the_list_and_its_file_ask_as_much_for_three_as_for_one(
    officer, programme, count_queries, number
):
    for _ in range(number):
        organisation = make_organisation(programme, email="a@coop.example")
        make_certificate(organisation, issued_on=date(2025, 1, 1))
        make_head_count(organisation, date(2026, 1, 1))

    with count_queries() as on_the_page:
        officer.get("/organisations/?reach=email&ocop=any")
    with count_queries() as in_the_file:
        officer.get("/organisations/export.xlsx?reach=email&ocop=any")

    assert (on_the_page.number, in_the_file.number) == (13, 18)


def test_the_workbook_holds_exactly_the_filtered_list(officer, programme):
    organisation = make_organisation(
        programme,
        name="HTX Chè",
        commune="Gia Điền",
        email="che@coop.example",
        phone="+84900000001",
        founded_on=date(2024, 8, 21),
    )
    make_organisation(programme, name="HTX Khác", woman_head=False)
    db.session.add(
        OrganisationCode(organisation_id=organisation.id, scheme="registration", code="0012345")
    )
    db.session.add(OrganisationSector(organisation_id=organisation.id, sector="Trồng trọt"))
    make_head_count(organisation, date(2026, 7, 31), members=1146, women=700)
    make_certificate(organisation, stars=4, issued_on=date(2025, 1, 15))

    answer = officer.get("/organisations/export.xlsx?women_led=yes&lang=en")

    (row,) = listed(answer.data)
    assert row[:3] == ["HTX Chè", "Cooperative", "0012345"]
    assert row[3:7] == ["Xã Gia Điền", "Huyện Hạ Hòa", "Operating", "Trồng trọt"]
    assert (row[7].date(), row[8]) == (date(2024, 8, 21), "yes")
    assert row[9].startswith("Nguyễn Thị Mẫu")
    assert row[10:13] == ["Director", "+84900000001", "che@coop.example"]
    assert row[13:17] == [1146, 700, None, None]
    assert (row[17].date(), row[18]) == (date(2026, 7, 31), 4)
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert [sheet.cell(place, 1).value for place in (2, 3, 4)] == [
        "As of 25 Nov 2026.",
        "Led by women is counted by the rule WOMEN_HEADED.",
        "1 organisation",
    ]


def test_the_files_run_no_formula_an_organisation_is_called_by(officer, programme):
    names = ["+84", "-1+1", "=HYPERLINK(1)", "@SUM(A1)"]
    for name in names:
        make_organisation(programme, name=name)

    book = officer.get("/organisations/export.xlsx?lang=en").data
    text = officer.get("/organisations/export.csv?lang=en").data.decode("utf-8-sig")

    sheet = openpyxl.load_workbook(io.BytesIO(book)).active
    cells = [cell for (cell,) in sheet.iter_rows(max_col=1) if cell.value in names]
    assert sorted(str(cell.value) for cell in cells) == names
    assert {cell.data_type for cell in cells} == {"s"}
    assert sorted(row[0] for row in csv.reader(io.StringIO(text)))[:4] == [
        f"'{name}" for name in names
    ]


def test_a_file_of_another_kind_is_not_found(officer):
    assert officer.get("/organisations/export.pdf").status_code == 404


@pytest.mark.case(34)
def test_an_empty_register_of_women_led_groups_is_said(officer, programme):
    make_organisation(programme, name="A")
    make_organisation(programme, kind=OrganisationKind.LINKED_GROUP, woman_head=False)
    warning = "No women-led cooperative group stands in the register."
    pages = ["/organisations/?lang=en", "/attendance/by-organisation?lang=en"]

    without = [warning in officer.get(page).text for page in pages]
    make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)
    within = [warning in officer.get(page).text for page in pages]

    assert (without, within) == ([True, True], [False, False])


def test_the_rule_is_told_in_words_beside_the_list(officer):
    page = officer.get("/organisations/?lang=en").text

    assert "a woman is chair of the board, director or group leader" in page
