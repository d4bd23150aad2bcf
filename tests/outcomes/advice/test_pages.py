"""The pages of advice cases: what an officer sees, sends, and is refused."""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
import time_machine
from sqlalchemy import select

from coopevents.accounts.models import Role, User
from coopevents.db import db
from coopevents.directory import lineage, service
from coopevents.directory.models import HeadCount, OrganisationKind, Sex
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
from tests.browsing import fill_in, post, signed_in
from tests.event_factories import make_event
from tests.factories import (
    find_commune,
    make_code,
    make_organisation,
    make_other_programme,
    make_person,
    make_post,
)
from tests.outcomes.advice.cases import (
    OPENED,
    make_case,
    make_founding,
    make_move,
    make_note,
    make_officer,
    take_back,
)

FOUNDED = date(2026, 5, 4)


@pytest.fixture(autouse=True)
def in_the_autumn_of_2026():
    with time_machine.travel("2026-10-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def case(programme):
    return make_case(programme)


def names_on(page: str) -> list[str]:
    """Answer whom the cases on the list are for, in order."""
    return re.findall(r'href="/advice/\d+"><bdi>([^<]+)<', page)


def only(table):
    (row,) = db.session.scalars(select(table))
    return row


def text_of(answer) -> str:
    """Answer what a reader sees of the page."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def test_the_list_begins_with_the_latest_first_contact(officer, programme):
    make_case(programme, name="Nhóm Một", opened_on=date(2026, 1, 5))
    make_case(programme, make_organisation(programme, name="HTX Hai"), opened_on=date(2026, 2, 5))
    closed = make_case(programme, name="Nhóm Ba", opened_on=date(2026, 2, 5))
    make_move(closed)

    page = officer.get("/advice/?lang=en").text

    assert names_on(page) == ["Nhóm Ba", "HTX Hai", "Nhóm Một"]
    assert page.count(">open</span>") == 2
    assert page.count(">Given up</span>") == 1


def test_the_list_is_narrowed_by_what_is_asked(officer, programme):
    other = make_officer(programme, "Trần Văn Khác")
    make_case(programme, name="Nhóm chè", purpose=Purpose.FOUND_GROUP)
    make_case(programme, name="Nhóm rau", body="coop_alliance", officer=other)
    reopened = make_case(programme, name="Nhóm bưởi")
    make_move(reopened)
    make_move(reopened, outcome=None)
    closed = make_case(programme, name="Nhóm mì")
    make_move(closed)
    alliance = list_bodies(programme)[1].body_id

    def asked(**said) -> list[str]:
        query = "&".join(f"{name}={value}" for name, value in said.items())
        return sorted(names_on(officer.get(f"/advice/?{query}").text))

    assert asked(body=alliance) == ["Nhóm rau"]
    assert asked(officer=other.id) == ["Nhóm rau"]
    assert asked(purpose="found_group") == ["Nhóm chè"]
    assert asked(state="closed") == ["Nhóm mì"]
    assert asked(state="open") == ["Nhóm bưởi", "Nhóm chè", "Nhóm rau"]
    # What is no choice narrows nothing.
    everything = ["Nhóm bưởi", "Nhóm chè", "Nhóm mì", "Nhóm rau"]
    assert asked(state="x", body="y", officer=10**30, purpose="z") == everything


def test_a_case_is_found_by_any_name_without_marks(officer, programme):
    renamed = make_organisation(programme, name="HTX Chè Long Cốc")
    service.rename(renamed, "HTX Trà Tân Sơn", since=date(2026, 1, 1))
    make_case(programme, renamed)
    led = make_case(programme, name="Nhóm chị Hoà")
    make_founding(led, make_organisation(programme, name="HTX Đồng Lương"), FOUNDED)
    make_case(programme, name="Nhóm khác")

    def found(q: str) -> list[str]:
        return names_on(officer.get("/advice/", query_string={"q": q}).text)

    assert found("long coc") == found("TAN son") == ["HTX Trà Tân Sơn"]
    assert found("dong luong") == found("chi hòa") == ["HTX Đồng Lương"]
    assert found("100%") == []


def test_a_long_list_goes_on_where_it_stopped(officer, programme):
    for number in range(51):
        make_case(programme, name=f"Nhóm {number:02d}")

    first = officer.get("/advice/?lang=en&state=open").text
    following = html.unescape(re.search(r'href="(/advice/\?after=[^"]+)"', first)[1])
    second = officer.get(following).text

    assert (len(names_on(first)), names_on(second)) == (50, ["Nhóm 00"])
    assert "state=open" in following
    assert officer.get("/advice/?after=x").status_code == 422


def test_a_case_shows_what_is_known_and_what_happened_by_its_day(officer, programme):
    event = make_event(programme, title="Tập huấn ở Tân Sơn")
    person = make_person(programme, full_name="Hà Thị Hỏi")
    case = make_case(programme, event=event, contact=person)
    old = make_note(case, "Gọi nhầm", date(2026, 3, 9))
    make_note(case, "Gọi đúng", date(2026, 3, 9), corrects=old)
    make_note(case, "Nộp hồ sơ", date(2026, 10, 1))

    page = text_of(officer.get(f"/advice/{case.id}?lang=en"))

    for told in ("Tập huấn ở Tân Sơn", "Hà Thị Hỏi", "Lê Thị Tư Vấn", "First contact 2 Mar 2026"):
        assert told in page, told
    places = [page.index(told) for told in ("Nộp hồ sơ", "Gọi đúng", "Gọi nhầm")]
    assert places == sorted(places)
    # A late note tells both days, a note of the very day only its own.
    assert "Gọi đúng 9 Mar 2026 · Lê Thị Tư Vấn · recorded 10:00 1 Oct 2026" in page
    assert "Nộp hồ sơ 1 Oct 2026 · Lê Thị Tư Vấn · Correct" in page
    assert "Call corrected Gọi nhầm" in page


def test_a_case_says_what_is_missing_for_it_to_count(officer, programme):
    one = make_organisation(programme, woman_head=None, founded_on=FOUNDED)
    late = make_case(programme, opened_on=date(2026, 6, 1))

    def told(case=late) -> list[str]:
        page = officer.get(f"/advice/{case.id}?lang=en").text
        return re.findall(r"<p>((?:Not counted|Counted)[^<]+)</p>", page)

    assert told() == ["Not counted in the target yet: no founding is on record."]
    founding = make_founding(late, one, FOUNDED)
    # Everything it lacks is said at once.
    lacking = [
        "nobody knows who headed it on the day it was founded.",
        "no support and no first contact of ours is of that day or earlier.",
    ]
    assert told() == [f"Not counted in the target yet: {reason}" for reason in lacking]
    make_post(make_person(programme), one)
    late.opened_on = FOUNDED
    assert told() == ["Counted in the target I12, in the period of its day."]
    take_back(founding)
    assert told() == ["Not counted in the target yet: no founding is on record."]


def test_what_is_missing_is_said_for_an_organisation_of_the_register_too(officer, programme):
    one = make_organisation(programme, founded_on=FOUNDED)
    case = make_case(programme, one)

    english = text_of(officer.get(f"/advice/{case.id}?lang=en"))
    reason = "there is no registration number, and no certification of its contract."
    assert f"Not counted in the target yet: {reason}" in english

    make_code(one)
    counted = text_of(officer.get(f"/advice/{case.id}?lang=en"))
    assert "Counted in the target I12" in counted


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"woman_head": False}, "a woman did not head it on the day it was founded."),
        ({"founded_on": date(2020, 1, 1)}, "it was founded before the programme began"),
        ({"founded_on": None}, "nobody has told on which day it was founded."),
        (
            {"kind": OrganisationKind.COOPERATIVE_UNION},
            "only cooperatives and cooperative groups are counted.",
        ),
    ],
)
def test_a_reason_that_no_figure_lists_is_said_as_well(officer, programme, said, reason):
    one = make_organisation(programme, **{"founded_on": FOUNDED, **said})
    make_code(one)
    case = make_case(programme, one)

    assert reason in text_of(officer.get(f"/advice/{case.id}?lang=en"))


def test_a_case_to_strengthen_promises_no_founding(officer, programme):
    case = make_case(programme, make_organisation(programme), purpose=Purpose.STRENGTHEN)

    page = officer.get(f"/advice/{case.id}?lang=en").text

    assert ("What it led to" in page, "Not counted" in page) == (False, False)


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


def test_the_list_is_taken_away_in_the_columns_of_annex_5(officer, programme):
    one = make_organisation(programme, name="HTX Chè Long Cốc", woman_head=None)
    head = make_person(programme, full_name="Hà Thị Đầu")
    make_post(head, one, valid_to=FOUNDED)
    make_post(make_person(programme, sex=Sex.MALE), one, valid_from=date(2026, 5, 5))
    db.session.add(
        HeadCount(
            organisation_id=one.id,
            as_of=FOUNDED,
            members=12,
            women_members=9,
            workers=5,
            women_workers=4,
        )
    )
    make_founding(make_case(programme), one, FOUNDED, number="18-07", certified_on=FOUNDED)
    waiting = make_case(programme, name="=Nhóm", purpose=Purpose.FOUND_GROUP)
    waiting.opened_on = date(2026, 1, 1)

    book = officer.get("/advice/export.xlsx?lang=en")

    rows = list(openpyxl.load_workbook(io.BytesIO(book.data)).active.values)
    commune = find_commune(programme).name
    union = rows[4][10]
    assert rows[3] == (
        *("No.", "Name", "Kind", "Founded on", "Commune", "Head", "Sex", "Members"),
        *("women among them", "Women workers", "Advising body", "Document"),
    )
    assert [cell.date() if hasattr(cell, "date") else cell for cell in rows[4]] == [
        *(1, "HTX Chè Long Cốc", "Cooperative", FOUNDED, commune),
        *("Hà Thị Đầu", "female", 12, 9, 4, union),
        "registration number 18-07; contract certified by UBND xã on 4 May 2026",
    ]
    assert rows[5][:5] == (2, "=Nhóm", "Cooperative group", None, commune)
    assert rows[5][5:10] == (None,) * 5
    assert "Women" in union
    narrowed = officer.get("/advice/export.csv?purpose=found_group&lang=en").data.decode(
        "utf-8-sig"
    )
    assert len(narrowed.splitlines()) == 2
    assert "'=Nhóm" in narrowed


def test_a_case_of_another_programme_is_none(officer, programme, case):
    note = make_note(case)
    case.programme_id = make_other_programme(programme, own_register=True).id
    own = f"/advice/{case.id}"

    paths = [
        *(own, f"{own}/change", f"{own}/contact", f"{own}/notes/new", f"{own}/close"),
        *(f"{own}/notes/{note.id}/correct", f"{own}/reopen", f"{own}/founding"),
        *(f"{own}/founding/new", f"{own}/founding/take-back"),
    ]

    assert [officer.get(path).status_code for path in paths] == [404] * len(paths)
    assert names_on(officer.get("/advice/").text) == []
    assert "Nhóm phụ nữ" not in officer.get("/advice/export.csv").text


def test_an_organisation_of_another_register_is_none(officer, programme, case):
    foreign = make_organisation(programme)
    foreign.register_id = make_other_programme(programme, own_register=True).register_id

    for path in (
        f"/advice/new?organisation_id={foreign.id}",
        f"/advice/{case.id}/founding/{foreign.id}",
    ):
        assert officer.get(path).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/advice/{huge}",
        "/advice/?after=2026-01-01.{huge}",
        "/advice/new?organisation_id={huge}",
        "/advice/{case}/founding/{huge}",
        "/advice/{case}/notes/{huge}/correct",
    ],
)
def test_a_number_no_row_can_have_is_refused(officer, case, path):
    assert officer.get(path.format(huge=10**30, case=case.id)).status_code in {404, 422}


def test_a_note_of_another_case_is_none(officer, programme, case):
    note = make_note(make_case(programme))

    assert officer.get(f"/advice/{case.id}/notes/{note.id}/correct").status_code == 404


def test_whoever_may_only_see_changes_no_case(client, programme, case):
    viewer = signed_in(client, programme, Role.VIEWER)
    own = f"/advice/{case.id}"

    page = viewer.get(own).text

    assert viewer.get("/advice/").status_code == 200
    assert viewer.get("/advice/export.xlsx").status_code == 200
    assert (f"{own}/change" in page, f"{own}/notes" in page) == (False, False)
    for path in ("/advice/new", f"{own}/change", f"{own}/close", f"{own}/notes/new"):
        assert viewer.get(path).status_code == 403


def test_looking_writes_nothing(officer, programme, case):
    before = (case.version, db.session.scalars(select(User.id)).all())

    for path in ("/advice/", f"/advice/{case.id}", "/advice/new", f"/advice/{case.id}/change"):
        officer.get(path)

    assert (case.version, db.session.scalars(select(User.id)).all()) == before
    assert db.session.scalars(select(AdviceNote)).all() == []


def test_longer_pages_take_no_more_questions(officer, programme, count_queries):
    told = []
    first = make_case(programme, contact=make_person(programme))
    for number in range(3):
        case = make_case(programme, opened_on=OPENED)
        founded = make_organisation(programme)
        make_founding(case, founded, FOUNDED, number=f"18-{number}")
        make_move(case)
        make_case(programme, make_organisation(programme))
        make_note(first)
        make_note(first, corrects=make_note(first))
        make_move(first)
        make_move(first, outcome=None)
        asked_of = []
        for path in ("/advice/", "/advice/export.xlsx", f"/advice/{first.id}"):
            with count_queries() as asked:
                assert officer.get(path).status_code == 200
            asked_of.append(asked.number)
        told.append(asked_of)

    assert told == [told[0]] * 3
