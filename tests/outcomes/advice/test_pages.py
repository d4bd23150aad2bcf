"""The pages of advice cases: what an officer sees, sends, and is refused."""

import html
import io
import re
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from coopevents.accounts.models import Role, User
from coopevents.db import db
from coopevents.directory import service
from coopevents.directory.models import HeadCount, OrganisationKind, Sex
from coopevents.outcomes.advice.models import (
    AdviceNote,
    Purpose,
)
from coopevents.programme.queries import list_bodies
from tests.browsing import signed_in
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


def names_on(page: str) -> list[str]:
    """Answer whom the cases on the list are for, in order."""
    return re.findall(r'href="/advice/\d+"><bdi>([^<]+)<', page)


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
