"""A report speaks of one territory: communes named in it, nothing compared across two."""

import re
from datetime import date
from decimal import Decimal

import pytest
import time_machine
from docx import Document
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.programme.queries import get_period
from coopevents.reports import baselines, files, indicators, service, snapshot, wording
from coopevents.reports.figures import Scope
from coopevents.reports.models import Report
from coopevents.territory import scope, units
from coopevents.territory.scope import Territory
from tests import event_factories as made
from tests.browsing import hidden, signed_in
from tests.factories import find_commune, make_organisation, make_person

BEFORE = date(2025, 6, 30)
AS_IT_IS, AS_IT_WAS = Territory.AS_IT_IS, Territory.AS_IT_WAS


@pytest.fixture(autouse=True)
def today():
    with time_machine.travel("2026-12-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def gia_dien(programme):
    """A commune of old Phú Thọ that went whole into Xã Hạ Hòa."""
    return find_commune(programme, "Gia Điền")


@pytest.fixture
def cao_son():
    """A commune of old Hòa Bình, split into two of today's Phú Thọ."""
    found = units.find_units("Cao Sơn", on=BEFORE)
    return next(unit for unit in found if unit.parent.name == "Huyện Lương Sơn")


@pytest.fixture
def register(programme, gia_dien, cao_son):
    """Two organisations of old Phú Thọ, one of old Hòa Bình."""
    (ha_hoa,) = units.find_units("Xã Hạ Hòa", on=units.REFORM)[:1]
    return [
        make_organisation(programme, name=name, commune=commune)
        for name, commune in (("HTX A", gia_dien), ("HTX B", ha_hoa), ("HTX C", cao_son))
    ]


def compiled(programme, label: str, territory: Territory = AS_IT_IS) -> snapshot.Snapshot:
    *_before, (report, _done) = service.compile_at_once(get_period(programme, label), territory)
    return snapshot.load(report)


def seats(shown: snapshot.Snapshot) -> list[tuple[str, str]]:
    return [(facts["name"], wording.commune(facts)) for facts in shown.facts("A4")]


def hold(programme, commune, day: date, title: str):
    event = made.make_event(programme, sessions=[(day, "07:30", "11:00")], title=title)
    event.unit = commune
    organisation = make_organisation(programme, name="HTX Dự", commune=commune)
    registration = made.make_registration(event, make_person(programme), organisation)
    for session in made.sessions_of(event):
        made.make_entry(session, registration)
    made.close(event)
    return event


@pytest.mark.case(6)
def test_an_old_activity_keeps_the_old_commune_and_the_old_district(programme, gia_dien):
    event = hold(programme, gia_dien, date(2025, 3, 10), "Tập huấn cũ")

    for territory in Territory:
        shown = compiled(programme, "2025", territory)
        (facts,) = shown.facts("A2")
        document = Document(files.find(shown.report, "docx"))
        printed = [
            cell.text for table in document.tables for row in table.rows for cell in row.cells
        ]

        assert (facts["commune"], facts["district"]) == ("Xã Gia Điền", "Huyện Hạ Hòa")
        assert [c for c in printed if c.endswith("Xã Gia Điền, huyện Hạ Hòa")] != []
    assert event.unit == gia_dien


def test_communes_are_named_in_the_territory_of_the_last_day(programme, register):
    assert seats(compiled(programme, "2026")) == [
        ("HTX A", "Xã Hạ Hòa"),
        ("HTX B", "Xã Hạ Hòa"),
        ("HTX C", "Xã Cao Sơn, huyện Lương Sơn (cũ, chưa xác định xã hiện nay)"),
    ]


def test_communes_are_named_in_the_territory_of_the_signing(programme, register):
    assert seats(compiled(programme, "2026", AS_IT_WAS)) == [
        ("HTX A", "Xã Gia Điền, huyện Hạ Hòa"),
        ("HTX B", "Xã Hạ Hòa (chưa xác định xã cũ)"),
    ]


def test_a_report_of_before_the_reform_knows_no_commune_of_after(programme, register):
    for territory in Territory:
        assert seats(compiled(programme, "2024", territory))[0] == (
            *("HTX A", "Xã Gia Điền, huyện Hạ Hòa"),
        )


def test_figures_are_of_the_territory_chosen_alone(programme, register):
    period = get_period(programme, "2026")
    a, b, c = (organisation.id for organisation in register)

    today = indicators.target_group(Scope.of(period), period.to_on)
    signed = indicators.target_group(Scope.of(period, AS_IT_WAS), period.to_on)

    assert (set(today), set(signed)) == ({a, b, c}, {a, b})


def test_a_report_says_which_territory_it_is_of(programme, register):
    told = {
        (label, territory): wording.territory(compiled(programme, label, territory))
        for label, territory in (("2026", AS_IT_IS), ("2026", AS_IT_WAS), ("2024", AS_IT_IS))
    }

    assert told["2026", AS_IT_IS] == "Số liệu theo địa giới tỉnh Phú Thọ."
    assert told["2026", AS_IT_WAS].startswith(
        "Số liệu theo địa giới tỉnh Phú Thọ (cũ), đến ngày 30/06/2025; không gồm tổ chức ngoài"
    )
    assert told["2024", AS_IT_IS] == "Số liệu theo địa giới tỉnh Phú Thọ (cũ)."


def test_a_report_is_asked_for_in_either_territory(client, programme, register):
    officer = signed_in(client, programme, Role.OFFICER)
    page = officer.get("/reports/?lang=en").text
    period = get_period(programme, "2026")

    def ask(**more: str):
        fields = {"csrf_token": hidden(page), "period_id": str(period.id), **more}
        return officer.post("/reports/", data=fields)

    assert "Compile it for Tỉnh Phú Thọ (former)" in page
    assert ask(territory="moon").status_code == 422
    shown = officer.get(ask(territory="as_it_was").location + "?lang=en")
    assert shown.status_code == 200
    report = db.session.scalars(select(Report)).one()
    assert report.territory is AS_IT_WAS


@pytest.mark.case(7)
def test_baselines_bear_the_name_of_the_old_province(programme):
    rows = baselines.compare(programme, date(2026, 12, 1), AS_IT_IS)

    assert {scope.official_name(row.baseline.territory) for row in rows} == {"tỉnh Phú Thọ (cũ)"}
    assert [row.baseline.value for row in rows][:2] == [735, 1146]


@pytest.mark.case(7)
def test_growth_is_told_within_one_territory_and_not_across_two(programme, register):
    day = date(2026, 12, 1)

    across = baselines.compare(programme, day, AS_IT_IS)
    within = baselines.compare(programme, day, AS_IT_WAS)
    before = baselines.compare(programme, date(2025, 1, 1), AS_IT_IS)

    assert {(row.is_comparable, row.growth) for row in across} == {(False, None)}
    assert (across[0].now, within[0].now) == (3, 2)
    assert within[0].growth == Decimal(2 - 735) * 100 / 735
    assert [row.is_comparable for row in before] == [True] * len(before)
    # The text gives no number of those the Union supported: nothing grew from it.
    assert (within[-1].baseline.key, within[-1].growth) == ("union_supported", None)


@pytest.mark.case(7)
def test_the_page_labels_the_baseline_and_suppresses_growth(client, programme, register):
    viewer = signed_in(client, programme, Role.VIEWER)

    across = viewer.get("/reports/baselines?lang=en").text
    within = viewer.get("/reports/baselines?lang=en&territory=as_it_was").text

    growth = [
        re.sub(r"<[^>]*>", "", row).split() for row in re.findall(r"<tr>.*?</tr>", within, re.S)[1:]
    ]
    assert across.partition("<tbody>")[2].count("Tỉnh Phú Thọ (former)") == len(growth)
    assert "735" in across
    assert "%" not in across.partition("<tbody>")[2]
    assert growth[0][-2:] == ["-99.7", "%"]


def test_two_provinces_of_one_name_are_not_comparable(programme):
    today = units.territory_on(programme.territory, units.REFORM)

    assert scope.comparable(today, today)
    assert not scope.comparable(today, programme.territory)
    assert scope.growth(200, 100, here=today, there=today) == 100
    assert scope.growth(200, 100, here=today, there=programme.territory) is None
    assert scope.growth(200, 0, here=today, there=today) is None
    assert scope.growth(None, 100, here=today, there=today) is None
