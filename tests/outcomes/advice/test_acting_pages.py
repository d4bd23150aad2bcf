"""What is done with an advice case on its pages: opened, noted, closed, led to a founding."""

import html
import re
from datetime import date

import pytest
from sqlalchemy import select

from coopevents.db import db
from coopevents.directory import lineage
from coopevents.directory.models import OrganisationKind
from coopevents.directory.service import NewOrganisation
from coopevents.outcomes.advice import queries
from coopevents.outcomes.advice.models import (
    AdviceCase,
    AdviceMove,
    AdviceNote,
    Founding,
    Outcome,
    Purpose,
)
from coopevents.programme.queries import list_bodies
from tests.browsing import fill_in, post
from tests.event_factories import make_event
from tests.factories import (
    find_commune,
    make_organisation,
    make_other_programme,
    make_person,
)
from tests.outcomes.advice.cases import (
    make_case,
    make_founding,
    make_officer,
)

FOUNDED = date(2026, 5, 4)


def only(table):
    (row,) = db.session.scalars(select(table))
    return row


def text_of(answer) -> str:
    """Answer what a reader sees of the page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_a_group_to_be_is_entered_on_a_form(officer, programme):
    union = list_bodies(programme)[0].body_id
    commune = find_commune(programme).name
    typed = {"working_name": "Nhóm rau sạch", "commune": commune, "body_id": union}

    empty = fill_in(officer, "/advice/new?lang=en", working_name="", commune="Không đâu")
    answer = fill_in(officer, "/advice/new", **typed, opened_on="2026-09-01")

    assert empty.status_code == 422
    assert 'id="working_name-error"' in empty.text
    opened = only(AdviceCase)
    assert answer.location == f"/advice/{opened.id}"
    assert (opened.working_name, opened.opened_on) == ("Nhóm rau sạch", date(2026, 9, 1))
    # Whoever opens it is in charge, unless she says otherwise.
    assert opened.officer.full_name == "Người dùng"


def test_a_commune_nobody_knows_is_told_beside_its_field(officer, programme):
    typed = {"working_name": "Nhóm rau", "commune": "Không đâu", "opened_on": "2026-09-01"}

    answer = fill_in(officer, "/advice/new?lang=en", **typed)

    assert (answer.status_code, 'id="commune-error"' in answer.text) == (422, True)
    assert 'value="Nhóm rau"' in answer.text
    assert db.session.scalars(select(AdviceCase)).all() == []


def test_an_organisation_is_chosen_by_searching_for_it(officer, programme):
    one = make_organisation(programme, name="HTX Chè Long Cốc")

    found = officer.get("/advice/choose?q=long+coc").text
    path = re.search(r'href="(/advice/new\?organisation_id=\d+)"', found)[1]
    answer = fill_in(officer, path, purpose="strengthen")

    assert path.endswith(f"={one.id}")
    case = only(AdviceCase)
    assert (answer.location, case.organisation_id) == (f"/advice/{case.id}", one.id)


def test_a_form_sent_twice_opens_one_case(officer, programme):
    page = officer.get("/advice/new").text
    typed = {"working_name": "Nhóm", "commune": find_commune(programme).name}

    answers = [fill_in(officer, "/advice/new", page, **typed) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert answers[0].location == answers[1].location == f"/advice/{only(AdviceCase).id}"


@pytest.mark.parametrize(
    "typed",
    [
        {"opened_on": "2026-10-02"},
        {"opened_on": "9999-12-31"},
        {"opened_on": "hôm qua"},
        {"body_id": "999999"},
        {"body_id": "x"},
        {"officer_id": "999999999999999999999999"},
        {"event_id": "999999"},
        {"purpose": "x"},
        {"purpose": "strengthen"},
        {"submission": "x"},
        {"submission": ""},
        {"working_name": "N" * 301},
    ],
)
def test_bad_input_writes_nothing_and_keeps_what_was_typed(officer, programme, typed):
    fields = {"working_name": "Nhóm", "commune": find_commune(programme).name, **typed}

    answer = fill_in(officer, "/advice/new", **fields)

    assert answer.status_code == 422
    assert find_commune(programme).name in html.unescape(answer.text)
    assert db.session.scalars(select(AdviceCase)).all() == []


def test_another_programmes_activity_and_officer_are_no_choice(officer, programme):
    elsewhere = make_other_programme(programme, own_register=True)
    stranger = make_officer(elsewhere, "Người Ngoài")
    event = make_event(programme, title="Của nơi khác")
    event.programme_id = elsewhere.id
    typed = {"working_name": "Nhóm", "commune": find_commune(programme).name}

    page = officer.get("/advice/new").text

    assert ("Người Ngoài" in page, "Của nơi khác" in page) == (False, False)
    for choice in ({"officer_id": stranger.id}, {"event_id": event.id}):
        assert fill_in(officer, "/advice/new", **typed, **choice).status_code == 422


def test_a_case_is_changed_on_its_form(officer, programme, case):
    path = f"/advice/{case.id}/change"

    answer = fill_in(officer, path, working_name="Nhóm chè Tân Sơn", purpose="found_group")

    assert answer.location == f"/advice/{case.id}"
    assert (case.working_name, case.purpose) == ("Nhóm chè Tân Sơn", Purpose.FOUND_GROUP)


def test_what_somebody_else_changed_meanwhile_is_shown_before_it_is_overwritten(officer, case):
    path = f"/advice/{case.id}/change"
    page = officer.get(path).text
    fill_in(officer, path, working_name="Nhóm của người khác")

    answer = fill_in(officer, f"{path}?lang=en", page, working_name="Nhóm của tôi")

    assert answer.status_code == 409
    assert case.working_name == "Nhóm của người khác"
    assert "Nhóm của người khác" in text_of(answer)
    fill_in(officer, path, answer.text)
    assert case.working_name == "Nhóm của tôi"


def test_whom_to_ask_is_chosen_among_the_people_of_the_register(officer, programme, case):
    person = make_person(programme, full_name="Hà Thị Hỏi")
    path = f"/advice/{case.id}/contact"

    page = officer.get(f"{path}?q=ha+thi+hoi").text
    post(officer, page, path, person_id=person.id)
    chosen = case.contact_id
    post(officer, officer.get(path).text, path)

    assert (chosen, case.contact_id) == (person.id, None)
    person.register_id = make_other_programme(programme, own_register=True).register_id
    assert post(officer, page, path, person_id=person.id).status_code == 404


def test_a_note_is_written_and_corrected(officer, case):
    own = f"/advice/{case.id}"

    wrong = fill_in(officer, f"{own}/notes/new", text="Gọi", happened_on="2026-01-01")
    written = fill_in(officer, f"{own}/notes/new", text="Gọi", happened_on="2026-03-09")
    first = only(AdviceNote)
    same = fill_in(officer, f"{own}/notes/{first.id}/correct")
    corrected = fill_in(officer, f"{own}/notes/{first.id}/correct", text="Gặp", kind="visit")

    assert (wrong.status_code, 'id="happened_on-error"' in wrong.text) == (422, True)
    assert same.status_code == 422
    assert written.location == corrected.location == own
    (line,) = queries.list_notes(case)
    assert (line.note.text, [old.text for old in line.earlier]) == ("Gặp", ["Gọi"])


def test_a_note_sent_twice_is_written_once(officer, case):
    path = f"/advice/{case.id}/notes/new"
    page = officer.get(path).text

    for _ in range(2):
        assert fill_in(officer, path, page, text="Gọi điện").status_code == 303

    assert only(AdviceNote).text == "Gọi điện"


def test_a_case_is_closed_and_taken_up_again(officer, case):
    own = f"/advice/{case.id}"

    refused = fill_in(officer, f"{own}/close?lang=en", outcome="founded")
    closed = fill_in(officer, f"{own}/close", outcome="given_up", text="Thiếu vốn")
    shown = text_of(officer.get(f"{own}?lang=en"))
    again = fill_in(officer, f"{own}/reopen", text="Có vốn")

    assert refused.status_code == 422
    assert "Record the founding first" in refused.text
    assert closed.location == again.location == own
    assert "Closed: Given up Thiếu vốn" in shown
    moves = db.session.scalars(select(AdviceMove).order_by(AdviceMove.id)).all()
    assert [move.outcome for move in moves] == [Outcome.GIVEN_UP, None]
    assert fill_in(officer, f"{own}/reopen", text="Lại").status_code == 422


def test_a_founding_is_recorded_for_an_organisation_of_the_register(officer, programme, case):
    one = make_organisation(programme, name="HTX Chè Long Cốc", founded_on=FOUNDED)
    own = f"/advice/{case.id}"

    found = officer.get(f"{own}/founding?q=long+coc").text
    path = re.search(rf'href="({own}/founding/\d+)"', found)[1]
    page = officer.get(path).text
    unproven = fill_in(officer, path, page)
    answers = [fill_in(officer, path, page, registration="18-07") for _ in range(2)]

    assert (unproven.status_code, 'id="registration-error"' in unproven.text) == (422, True)
    assert [answer.location for answer in answers] == [own, own]
    row = only(Founding)
    assert (row.organisation_id, row.registered_on, row.registration_number) == (
        one.id,
        FOUNDED,
        "18-07",
    )
    shown = text_of(officer.get(f"{own}?lang=en"))
    assert "Registration number 18-07" in shown


def test_what_was_founded_is_entered_anew_with_its_contract(officer, programme):
    case = make_case(programme, name="Nhóm rau", purpose=Purpose.FOUND_GROUP)
    path = f"/advice/{case.id}/founding/new"
    proof = {"registered_on": "2026-05-04", "certified_on": "2026-05-06"}

    wrong = fill_in(officer, path, name="Tổ hợp tác Rau", **proof)
    answer = fill_in(officer, path, name="Tổ hợp tác Rau", certified_by="UBND xã", **proof)

    assert (wrong.status_code, 'id="certified_by-error"' in wrong.text) == (422, True)
    row = only(Founding)
    assert answer.location == f"/advice/{case.id}"
    assert row.organisation.kind is OrganisationKind.COOPERATIVE_GROUP
    assert (row.certified_on, row.certified_by) == (date(2026, 5, 6), "UBND xã")


def test_a_namesake_is_entered_only_when_it_is_said_to_be_another(officer, programme, case):
    make_organisation(programme, name="HTX Rau")
    path = f"/advice/{case.id}/founding/new"
    typed = {"name": "HTX Rau", "registered_on": "2026-05-04", "registration": "18-07"}

    wrong = fill_in(officer, path, **typed)
    answer = fill_in(officer, path, **typed, all_the_same="y")

    assert (wrong.status_code, 'id="name-error"' in wrong.text) == (422, True)
    assert answer.status_code == 303


@pytest.mark.case(28)
def test_a_converting_group_is_led_to_its_act_and_then_to_what_it_became(officer, programme):
    group = make_organisation(programme, kind=OrganisationKind.COOPERATIVE_GROUP)
    case = make_case(programme, group, purpose=Purpose.CONVERT)
    path = f"/advice/{case.id}/founding"

    before = officer.get(path).text
    new = NewOrganisation(OrganisationKind.COOPERATIVE, "HTX Chè Mới")
    cooperative = lineage.convert(group, new, on=FOUNDED)
    after = officer.get(path).text

    assert f"/organisations/{group.id}/act/convert" in before
    assert f"{path}/{cooperative.id}" in after
    assert fill_in(officer, f"{path}/{cooperative.id}", registration="18-07").status_code == 303
    assert fill_in(officer, f"/advice/{case.id}/close", outcome="converted").status_code == 303


def test_a_founding_is_taken_back_with_a_reason(officer, programme, case):
    make_founding(case, make_organisation(programme, name="HTX Nhầm"), FOUNDED)
    path = f"/advice/{case.id}/founding/take-back"

    page = officer.get(f"{path}?lang=en").text
    wrong = fill_in(officer, path, reason=" ")
    answer = fill_in(officer, path, reason="Nhầm hồ sơ")

    assert "HTX Nhầm, founded on 4 May 2026" in html.unescape(page)
    assert wrong.status_code == 422
    assert answer.location == f"/advice/{case.id}"
    assert queries.find_founding(case) is None
    shown = text_of(officer.get(f"/advice/{case.id}?lang=en"))
    assert "Founding taken back: HTX Nhầm Nhầm hồ sơ" in shown
    assert officer.get(path).status_code == 404
