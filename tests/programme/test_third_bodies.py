"""Bodies that host with the others and sign nothing."""

from datetime import date

import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import HostBody, HostBodyName, Role
from coopevents.db import db
from coopevents.events import queries as events
from coopevents.programme import third_bodies
from tests.browsing import fill_in, signed_in
from tests.event_factories import make_event

SETTINGS = "/programme/settings"
NAMED = {
    "name_vi": "Sở Công Thương (mẫu)",
    "name_en": "Department of Industry (sample)",
    "name_ar": "إدارة الصناعة (نموذج)",
    "abbreviation": "SCT",
}


@pytest.fixture(autouse=True)
def in_2026():
    with time_machine.travel("2026-06-10T03:00:00Z", tick=True):
        yield


@pytest.fixture
def staff(client, programme):
    return signed_in(client, programme, Role.ADMINISTRATOR)


def enter(staff, **changed):
    return fill_in(staff, f"{SETTINGS}/third-bodies/new?lang=en", **{**NAMED, **changed})


@pytest.mark.case(15)
def test_a_body_entered_is_chosen_as_third_host_and_changes_no_count(staff, programme):
    event = make_event(programme)
    answer = enter(staff)
    (name,) = third_bodies.list_third_bodies()

    fill_in(staff, f"/events/{event.id}/edit", third_host_ids=str(name.body_id))

    page = staff.get(f"/events/{event.id}?lang=en").text
    assert answer.status_code == 303
    assert NAMED["name_en"] in staff.get(f"{SETTINGS}/?lang=en").text
    assert NAMED["name_en"] in page
    assert "yes: both bodies host" in page
    assert sorted(row.role.value for row in events.list_hosts(event)) == [
        "co_host",
        "lead",
        "third",
    ]


def test_a_name_that_a_body_bears_is_refused(staff, programme):
    enter(staff)

    again = enter(staff, name_vi="so cong thuong (MẪU)")
    of_the_union = enter(staff, name_vi="Hội Liên hiệp Phụ nữ tỉnh Phú Thọ")

    assert (again.status_code, of_the_union.status_code) == (422, 422)
    assert "There is a body of this name already." in again.text
    assert len(third_bodies.list_third_bodies()) == 1


def test_a_body_without_a_name_is_refused(staff):
    before = len(db.session.scalars(select(HostBody)).all())

    answer = enter(staff, name_vi=" ")

    assert answer.status_code == 422
    assert len(db.session.scalars(select(HostBody)).all()) == before


def test_a_new_name_begins_on_its_day_and_the_old_one_keeps_its_time(staff):
    enter(staff)
    (name,) = third_bodies.list_third_bodies()
    path = f"{SETTINGS}/third-bodies/{name.body_id}/rename"

    answer = fill_in(staff, path, name_vi="Sở Kinh tế (mẫu)", valid_from="2026-07-01")
    too_early = fill_in(staff, path, name_vi="Sở Khác (mẫu)", valid_from="2026-07-01")

    called = db.session.scalars(
        select(HostBodyName).where(HostBodyName.body_id == name.body_id).order_by(HostBodyName.id)
    ).all()
    assert (answer.status_code, too_early.status_code) == (303, 422)
    assert [(one.name["vi"], one.valid_from, one.valid_to) for one in called] == [
        ("Sở Công Thương (mẫu)", None, date(2026, 6, 30)),
        ("Sở Kinh tế (mẫu)", date(2026, 7, 1), None),
    ]


def test_a_body_that_signed_is_none_of_them(staff, programme):
    signed = db.session.scalars(select(HostBody.id).where(HostBody.key == "womens_union")).one()

    assert third_bodies.list_third_bodies() == []
    assert staff.get(f"{SETTINGS}/third-bodies/{signed}/rename").status_code == 404
    assert staff.get(f"{SETTINGS}/third-bodies/999999/rename").status_code == 404


def test_an_officer_enters_none(client, programme):
    officer = signed_in(client, programme, Role.OFFICER)

    assert officer.get(f"{SETTINGS}/third-bodies/new").status_code == 403
