"""The pages of people: what an officer sees, sends, and is refused."""

import csv
import io
from datetime import date

import openpyxl
import pytest
from sqlalchemy import select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import (
    Channel,
    ContactPoint,
    OrganisationKind,
    Person,
    Post,
    PostKind,
    Register,
    Sex,
)
from tests.browsing import post, signed_in
from tests.event_factories import make_merge
from tests.factories import make_contact_point, make_organisation, make_person, make_post


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def tea(programme):
    return make_organisation(programme, name="HTX Chè", woman_head=None)


def send(officer, path: str, **fields):
    """Open the page of the form and send it, in English."""
    page = officer.get(f"{path}{'&' if '?' in path else '?'}lang=en").text
    return post(officer, page, path, **fields)


def test_the_list_shows_whom_it_was_asked_for(officer, programme, tea):
    hoa = make_person(programme, full_name="Lê Thị Hoa")
    make_post(hoa, tea, PostKind.ACCOUNTANT)
    make_contact_point(hoa, Channel.PHONE, "+84912345678")
    make_person(programme, full_name="Lê Văn Nam", sex=Sex.MALE)

    page = officer.get("/people/?lang=en&q=hoa&sex=female&post=accountant&kind=cooperative").text

    assert all(text in page for text in ("Lê Thị Hoa", "Accountant", "HTX Chè", "…5678"))
    assert "Lê Văn Nam" not in page


def test_a_choice_that_does_not_exist_is_no_choice(officer, programme):
    make_person(programme, full_name="Lê Thị Hoa")

    assert "Lê Thị Hoa" in officer.get("/people/?sex=x&post=y&kind=z").text


@pytest.mark.parametrize("path", ["/people/?q=hoa", "/ocop/?q=che"])
def test_a_choice_that_was_not_made_is_no_mistake(officer, path):
    assert "field-error" not in officer.get(path).text


def test_union_officials_have_a_list_of_their_own(officer, programme, tea):
    branch = make_organisation(
        programme, name="Hội xã", kind=OrganisationKind.UNION_BRANCH, woman_head=None
    )
    make_post(make_person(programme, full_name="Lê Thị Mai"), branch, PostKind.UNION_OFFICIAL)
    make_post(make_person(programme, full_name="Lê Thị Hoa"), tea)

    page = officer.get("/people/?officials=yes&lang=en").text

    assert ("Lê Thị Mai" in page, "Lê Thị Hoa" in page) == (True, False)


def test_the_list_is_taken_away_as_it_is_shown(officer, programme, tea):
    hoa = make_person(programme, full_name="=Lê Thị Hoa", birth_year=1985)
    make_post(hoa, tea, PostKind.ACCOUNTANT)
    make_contact_point(hoa, Channel.PHONE, "+84912345678")
    make_person(programme, full_name="Lê Văn Nam", sex=Sex.MALE)

    book = officer.get("/people/export.xlsx?sex=female&lang=en")
    text = officer.get("/people/export.csv?sex=female&lang=en")

    row = ("=Lê Thị Hoa", None, "female", "1985", "Accountant, HTX Chè", "+84912345678", None)
    sheet = openpyxl.load_workbook(io.BytesIO(book.data)).active
    assert list(sheet.values)[-1] == row
    written = list(csv.reader(io.StringIO(text.data.decode("utf-8-sig"))))
    assert written[1:] == [
        ["'=Lê Thị Hoa", "", "female", "1985", "Accountant, HTX Chè", "'+84912345678", ""]
    ]


def test_more_people_than_are_read_at_once_are_all_taken_away(officer, programme, monkeypatch):
    monkeypatch.setattr("coopevents.people.views.ROWS_A_READ", 2)
    for number in range(5):
        make_person(programme, full_name=f"Lê Thị Hoa {number}")

    text = officer.get("/people/export.csv").data.decode("utf-8-sig")

    assert [row[0] for row in csv.reader(io.StringIO(text))][1:] == [
        f"Lê Thị Hoa {number}" for number in range(5)
    ]


def test_her_page_shows_posts_ways_and_who_shares_them(officer, programme, tea):
    hoa, mai = (make_person(programme, full_name=name) for name in ("Lê Thị Hoa", "Lê Thị Mai"))
    make_post(hoa, tea, PostKind.BOARD_CHAIR, valid_from=date(2025, 1, 1))
    for who in (hoa, mai):
        make_contact_point(who, Channel.PHONE, "+84912345678")

    page = officer.get(f"/people/{hoa.id}?lang=en").text

    shown = ("HTX Chè", "Chair of the board", "1 Jan 2025", "+84912345678", "also of", "Lê Thị Mai")
    assert [text for text in shown if text not in page] == []


def test_a_merged_entry_leads_to_the_one_that_was_kept(officer, programme):
    kept, merged = (make_person(programme, full_name=name) for name in ("Lê Thị Hòa", "Le Thi Hoa"))
    make_merge(kept, merged)

    of_merged = officer.get(f"/people/{merged.id}?lang=en").text
    of_kept = officer.get(f"/people/{kept.id}?lang=en").text

    assert f'href="/people/{kept.id}"' in of_merged
    assert f'href="/people/{merged.id}/correct"' not in of_merged
    assert "Merged into this entry:" in of_kept


def test_somebody_of_another_register_is_nobody(officer, app):
    other = Register(key="other", name={"vi": "Khác"})
    db.session.add(other)
    db.session.flush()
    stranger = make_person(other)
    point = make_contact_point(stranger, Channel.PHONE, "+84912345678")

    paths = (f"/people/{stranger.id}", f"/people/{stranger.id}/correct")
    paths += (f"/people/contacts/{point.id}", f"/people/contacts/person/{stranger.id}/new")

    assert [officer.get(path).status_code for path in paths] == [404] * 4


def test_whoever_may_only_see_changes_nobody(client, programme, tea):
    viewer = signed_in(client, programme, Role.VIEWER)
    person = make_person(programme)
    held = make_post(person, tea)

    page = viewer.get(f"/people/{person.id}?lang=en").text
    answers = [
        viewer.get(path).status_code
        for path in ("/people/new", f"/people/{person.id}/correct", f"/people/posts/{held.id}/end")
    ]

    assert answers == [403] * 3
    assert ("/correct" in page, "/contacts/" in page) == (False, False)


def test_a_namesake_is_shown_before_anybody_is_entered_twice(officer, programme, tea):
    known = make_person(programme, full_name="Lê Thị Hoà", birth_year=1985)
    path = f"/people/new?organisation_id={tea.id}"
    fields = {"full_name": "Lê Thị Hòa", "sex": "female"}

    shown = send(officer, path, **fields)
    entered = send(officer, path, **fields, is_another="y")

    assert shown.status_code == 422
    assert f"/people/{known.id}/posts/{tea.id}" in shown.text
    (new,) = db.session.scalars(select(Person).where(Person.id != known.id))
    assert entered.status_code == 303
    assert entered.location == f"/people/{new.id}/posts/{tea.id}"


def test_what_is_wrong_with_a_person_stands_beside_its_field(officer, programme):
    answer = send(
        officer, "/people/new", full_name="Lê Thị Hoa", sex="", birth_year="85", honorific=""
    )
    again = send(officer, "/people/new", full_name="Lê Thị Hoa", sex="female", birth_year="85")

    assert (answer.status_code, again.status_code) == (422, 422)
    assert 'id="sex-error"' in answer.text
    assert 'id="birth_year-error"' in again.text
    assert db.session.scalars(select(Person)).all() == []


def test_a_person_is_corrected(officer, programme):
    person = make_person(programme, full_name="Lê Thị Hoa")

    answer = send(officer, f"/people/{person.id}/correct", full_name="Lê Thị Hoá", sex="not_stated")

    assert answer.location == f"/people/{person.id}"
    assert (person.full_name, person.sex) == ("Lê Thị Hoá", Sex.NOT_STATED)


def test_a_post_is_given_from_the_organisation_to_somebody_found(officer, programme, tea):
    person = make_person(programme, full_name="Lê Thị Hoa")

    found = officer.get(f"/people/for/{tea.id}?q=hoa").text
    path = f"/people/{person.id}/posts/{tea.id}"
    answer = send(officer, path, kind="director", valid_from="2026-01-01", source="Biên bản")

    assert path in found
    assert answer.location == f"/organisations/{tea.id}"
    (given,) = db.session.scalars(select(Post))
    assert (given.person, given.kind, given.valid_from) == (
        person,
        PostKind.DIRECTOR,
        date(2026, 1, 1),
    )
    assert "Lê Thị Hoa" in officer.get(f"/organisations/{tea.id}").text


def test_a_post_is_given_from_her_page_in_an_organisation_found(officer, programme, tea):
    person = make_person(programme)

    found = officer.get(f"/people/{person.id}/posts/new?q=che").text

    assert f"/people/{person.id}/posts/{tea.id}" in found


def test_a_post_before_the_founding_is_refused_beside_its_day(officer, programme, tea):
    tea.founded_on, tea.founded_precision = date(2024, 5, 10), "day"
    person = make_person(programme)

    answer = send(
        officer, f"/people/{person.id}/posts/{tea.id}", kind="director", valid_from="2024-05-09"
    )

    assert answer.status_code == 422
    assert 'id="valid_from-error"' in answer.text
    assert db.session.scalars(select(Post)).all() == []


def test_a_post_ends_and_another_follows(officer, programme, tea):
    held = make_post(make_person(programme), tea, valid_from=date(2025, 1, 1))
    successor = make_person(programme, full_name="Lê Thị Mai")

    found = officer.get(f"/people/posts/{held.id}/successor?q=mai").text
    path = f"/people/posts/{held.id}/successor/{successor.id}"
    answer = send(officer, path, from_day="2026-08-01")

    assert path in found
    assert answer.location == f"/organisations/{tea.id}"
    posts = db.session.scalars(select(Post).order_by(Post.id)).all()
    assert [(each.person_id, each.valid_from, each.valid_to) for each in posts] == [
        (held.person_id, date(2025, 1, 1), date(2026, 7, 31)),
        (successor.id, date(2026, 8, 1), None),
    ]


def test_a_post_is_ended_corrected_and_struck_out(officer, programme, tea):
    held = make_post(make_person(programme), tea, valid_from=date(2025, 1, 1))

    send(officer, f"/people/posts/{held.id}/end", valid_to="2026-07-31")
    ended = held.valid_to
    path = f"/people/posts/{held.id}/correct"
    send(officer, path, kind="board_chair", valid_from="2025-02-01", valid_to="", reason="Nhầm")
    corrected = (held.kind, held.valid_from, held.valid_to)
    page = officer.get(path).text
    fields = {"strike-reason": "Nhầm người"}
    answer = post(officer, page, f"/people/posts/{held.id}/take-back", **fields)

    assert ended == date(2026, 7, 31)
    assert corrected == (PostKind.BOARD_CHAIR, date(2025, 2, 1), None)
    assert answer.location == f"/organisations/{tea.id}"
    assert db.session.scalars(select(Post)).all() == []


def test_ways_to_reach_an_organisation_are_kept_on_its_pages(officer, programme, tea):
    path = f"/people/contacts/organisation/{tea.id}/new"

    wrong = send(officer, path, channel="phone", typed="123", via="")
    added = send(officer, path, channel="phone", typed="0912 345 678", via="")
    (point,) = db.session.scalars(select(ContactPoint))
    of_point = f"/people/contacts/{point.id}"
    page = officer.get(of_point).text
    post(officer, page, f"{of_point}/hold", **{"hold-reason": "Không nghe máy"})
    held = officer.get(f"/organisations/{tea.id}?lang=en").text
    post(officer, page, f"{of_point}/take_up")
    post(officer, page, f"{of_point}/reached")
    send(officer, of_point, channel="zalo", typed="0912 345 679", via="")

    assert (wrong.status_code, 'id="typed-error"' in wrong.text) == (422, True)
    assert added.location == f"/organisations/{tea.id}"
    assert ("held back" in held, "Không nghe máy" in held) == (True, True)
    assert (point.channel, point.value, point.held_at) == (Channel.ZALO, "+84912345679", None)
    assert point.last_good_at is not None


def test_a_way_through_the_union_is_chosen_from_its_branches(officer, programme, tea):
    branch = make_organisation(
        programme, name="Hội xã", kind=OrganisationKind.UNION_BRANCH, woman_head=None
    )
    official = make_person(programme, full_name="Lê Thị Mai")
    make_post(official, branch, PostKind.UNION_OFFICIAL)
    path = f"/people/contacts/organisation/{tea.id}/new"

    answer = send(
        officer, path, channel="commune_union", typed="", via=f"{branch.id}-{official.id}"
    )

    (point,) = db.session.scalars(select(ContactPoint))
    assert answer.location == f"/organisations/{tea.id}"
    assert (point.via_organisation_id, point.via_person_id) == (branch.id, official.id)


def test_longer_pages_take_no_more_questions(officer, programme, tea, count_queries):
    person, numbers = make_person(programme), []
    paths = ("/people/", f"/people/{person.id}", f"/organisations/{tea.id}")
    for number in range(3):
        member = make_person(programme, full_name=f"Lê Thị Hoa {number}")
        make_post(member, tea, PostKind.MEMBER)
        make_post(person, make_organisation(programme, woman_head=None))
        for owner in (tea, person):
            make_contact_point(owner, Channel.PHONE, f"+8491234567{number}")
        told = []
        for path in paths:
            with count_queries() as asked:
                assert officer.get(path).status_code == 200
            told.append(asked.number)
        numbers.append(told)

    assert numbers == [numbers[0]] * 3
