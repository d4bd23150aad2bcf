import re
from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory.models import Channel, LineageKind, OrganisationLineage, Person, Register
from coopevents.duplicates import service
from coopevents.duplicates.models import DistinctPair, OrganisationMerge, PersonMerge
from tests import event_factories as made
from tests.browsing import post, signed_in
from tests.factories import (
    make_certificate,
    make_contact_point,
    make_organisation,
    make_person,
    make_post,
)

NAME = "HTX Chè Xanh"


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


@pytest.fixture
def pair(programme):
    """Two entries of one organisation, the older first."""
    first = make_organisation(programme, name=NAME, commune="Gia Điền", phone="+84912345678")
    second = make_organisation(programme, name="Hợp tác xã chè xanh", commune="Gia Điền")
    return first, second


def address(*entries, kind="organisations"):
    first, second = entries
    return f"/duplicates/{kind}/{first.id}/{second.id}"


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def decide(browser, path, decision, **fields):
    page = browser.get(f"{path}?lang=en").text
    return post(browser, page, f"{path}?lang=en", decision=decision, **fields)


def test_the_list_shows_pairs_with_the_reasons(officer, pair):
    page = officer.get("/duplicates/organisations/?lang=en").text

    assert f'href="{address(*pair)}"' in page
    assert re.findall(r'class="tag tag-(\w+)">([^<]+)<', page) == [
        ("good", "Name"),
        ("good", "Commune"),
    ]
    assert "Pairs in all: 1" in page


@pytest.mark.case(19)
def test_the_list_of_people_shows_unit_year_of_birth_and_end_of_the_number(officer, programme):
    for born in (1985, None):
        body = make_organisation(programme, name="HTX Bưởi", commune="Gia Điền", woman_head=None)
        person = make_person(programme, full_name="Nguyễn Thị Hương", birth_year=born)
        make_post(person, body)
        make_contact_point(person, Channel.PHONE, "+84912345678")

    page = officer.get("/duplicates/people/?lang=en").text

    for told in ("Gia Điền", "born 1985", "…2345678"):
        assert told in page, told


@pytest.mark.parametrize("number", [1, 3])
@pytest.mark.parametrize("kind", ["organisations", "people"])
def test_lists_ask_as_many_questions_for_three_as_for_one(
    officer, programme, count_queries, kind, number
):
    for n in range(number):
        for _ in "ab":
            body = make_organisation(programme, name=f"HTX Chè {n}", woman_head=None)
            make_post(make_person(programme, full_name=f"Lê Thị Mẫu {n}"), body)

    with count_queries() as asked:
        officer.get(f"/duplicates/{kind}/")

    assert asked.number == {"organisations": 9, "people": 11}[kind]


def test_side_by_side_shows_everything_of_both(officer, programme, pair):
    first, second = pair
    make_certificate(second, product="Chè đinh", stars=4)
    event = made.make_event(programme, title="Tập huấn chè")
    (session,) = made.sessions_of(event)
    made.make_entry(session, made.make_registration(event, make_person(programme), first))
    made.close(event)

    page = officer.get(f"{address(*pair)}?lang=en").text

    for told in (NAME, "Hợp tác xã chè xanh", "+84912345678", "Chè đinh", "Tập huấn chè"):
        assert told in page, told
    assert "You can undo the merge at any time" in page
    assert "A cooperative that was absorbed by another is no duplicate" in page
    assert count(OrganisationMerge) == 0


@pytest.mark.case(20)
def test_a_clerk_decides_which_entry_is_kept_and_may_undo_it(officer, programme):
    first, second = (
        make_person(programme, full_name=name) for name in ("Nguyễn Thị Hòa", "Nguyễn Thị Hoà")
    )
    path = address(first, second, kind="people")
    proposed = officer.get("/duplicates/people/").text
    before = count(PersonMerge)

    answer = decide(officer, path, "merge", keep=second.id, reason="Cùng một người")

    merge = db.session.scalars(select(PersonMerge)).one()
    assert (f'href="{path}"' in proposed, before) == (True, 0)
    assert (answer.status_code, answer.location) == (303, "/duplicates/people/")
    assert (merge.kept_id, merge.merged_id, merge.reason) == (
        second.id,
        first.id,
        "Cùng một người",
    )
    assert merge.merged_by.full_name == "Người dùng"
    assert f'href="{path}"' not in officer.get("/duplicates/people/").text
    decided = officer.get("/duplicates/people/decided?lang=en").text
    assert ("Cùng một người" in decided, "Người dùng" in decided) == (True, True)
    undone = post(officer, decided, f"/duplicates/people/merges/{merge.id}/undo")
    assert undone.status_code == 303
    assert db.session.get(Person, first.id).duplicate_of_id is None
    assert f'href="{path}"' in officer.get("/duplicates/people/").text


def test_different_is_remembered_and_may_be_taken_back(officer, pair):
    path = address(*pair)

    decide(officer, path, "different", keep=pair[0].id, reason="Hai thôn khác nhau")

    remembered = db.session.scalars(select(DistinctPair)).one()
    assert (remembered.reason, remembered.decided_by.full_name) == (
        "Hai thôn khác nhau",
        "Người dùng",
    )
    assert f'href="{path}"' not in officer.get("/duplicates/organisations/").text
    assert 'value="merge"' not in officer.get(path).text
    page = officer.get("/duplicates/organisations/decided").text
    post(officer, page, f"/duplicates/organisations/different/{remembered.id}/take-back")
    assert f'href="{path}"' in officer.get("/duplicates/organisations/").text


def test_later_decides_nothing(officer, pair):
    page = officer.get(f"{address(*pair)}?lang=en").text

    later = re.search(r'href="([^"]+)"[^>]*>\s*Later', page)[1]

    assert officer.get(later).status_code == 200
    assert (count(OrganisationMerge), count(DistinctPair)) == (0, 0)


def test_a_decision_without_a_reason_is_told_beside_the_field(officer, pair):
    answer = decide(officer, address(*pair), "merge", keep=pair[0].id, reason="")

    assert (answer.status_code, count(OrganisationMerge)) == (422, 0)
    assert 'id="reason-error"' in answer.text


@pytest.mark.parametrize(("decision", "keep"), [("merge", "0"), ("burn", None), (None, None)])
def test_a_form_that_is_not_ours_writes_nothing(officer, pair, decision, keep):
    fields = {"decision": decision} if decision else {}
    page = officer.get(address(*pair)).text

    answer = post(
        officer, page, address(*pair), keep=keep or pair[0].id, reason="Nhập hai lần", **fields
    )

    assert (answer.status_code, count(OrganisationMerge), count(DistinctPair)) == (422, 0, 0)


def test_a_refusal_is_told_on_the_page(officer, programme, pair):
    first, second = pair
    third = make_organisation(programme, name=NAME)
    service.merge_organisations(third, second, "Nhập hai lần")

    answer = decide(officer, address(first, second), "merge", keep=first.id, reason="Nhập hai lần")

    assert answer.status_code == 409
    assert f"Hợp tác xã chè xanh was merged into {NAME} already" in answer.text


def test_an_absorbed_cooperative_is_said_to_be_no_duplicate(officer, pair):
    old, new = pair
    db.session.add(
        OrganisationLineage(
            kind=LineageKind.ABSORB, old_id=old.id, new_id=new.id, effective_on=date(2026, 6, 10)
        )
    )
    db.session.flush()

    page = officer.get(f"{address(*pair)}?lang=en").text

    assert "One of the two came out of the other" in page
    assert re.search(r'value="merge"\s+disabled', page)


def test_a_merged_entry_says_so_on_its_page_and_can_be_undone_there(officer, pair):
    first, second = pair
    merge = service.merge_organisations(first, second, "Nhập hai lần")
    undo = f'action="/duplicates/organisations/merges/{merge.id}/undo"'

    merged = officer.get(f"/organisations/{second.id}?lang=en").text
    kept = officer.get(f"/organisations/{first.id}?lang=en").text

    assert f"This entry was merged into {NAME} and counts as it." in merged
    assert "Hợp tác xã chè xanh was merged into this entry and counts as it." in kept
    assert (undo in merged, undo in kept) == (True, True)


def test_a_viewer_sees_but_does_not_decide(client, programme, pair):
    viewer = signed_in(client, programme, Role.VIEWER)

    page = viewer.get(address(*pair)).text

    answer = post(viewer, page, address(*pair), decision="merge", keep=pair[0].id, reason="Trùng")
    assert 'value="merge"' not in page
    assert (answer.status_code, count(OrganisationMerge)) == (403, 0)


def test_what_stands_in_another_register_is_not_found(officer, programme, pair):
    other = Register(key="other", name={"vi": "Sổ khác"})
    db.session.add(other)
    db.session.flush()
    merge = service.merge_organisations(*pair, "Nhập hai lần")
    apart = service.tell_apart(
        *(make_organisation(programme, name=f"HTX {n}") for n in "ab"), "Khác nhau"
    )
    for entry in (*pair, db.session.get(type(pair[0]), apart.first_organisation_id)):
        entry.register_id = other.id
    db.session.flush()
    page = officer.get("/duplicates/organisations/").text

    answers = [
        officer.get(address(*pair)),
        post(officer, page, address(*pair)),
        post(officer, page, f"/duplicates/organisations/merges/{merge.id}/undo"),
        post(officer, page, f"/duplicates/people/merges/{merge.id}/undo"),
        post(officer, page, f"/duplicates/organisations/different/{apart.id}/take-back"),
        post(officer, page, f"/duplicates/people/different/{apart.id}/take-back"),
    ]

    assert [answer.status_code for answer in answers] == [404] * len(answers)


def test_the_lists_of_decisions_go_on(officer, programme):
    kept = make_person(programme)
    for _ in range(51):
        service.merge_people(kept, make_person(programme), "Nhập hai lần")

    first = officer.get("/duplicates/people/decided?lang=en").text
    link = re.search(r'href="([^"]*before=\d+[^"]*)"', first)[1].replace("&amp;", "&")
    second = officer.get(link).text

    assert [len(re.findall(r"/undo", page)) for page in (first, second)] == [50, 1]
