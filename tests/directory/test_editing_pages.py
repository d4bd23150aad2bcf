"""The forms that change the register, as an officer uses them."""

import re
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.directory import lineage, record, service
from coopevents.directory.classification import WOMEN_HEADED
from coopevents.directory.dated import rows_of
from coopevents.directory.models import (
    HeadCount,
    Organisation,
    OrganisationAddress,
    OrganisationCode,
    OrganisationKind,
    OrganisationLineage,
    OrganisationName,
    OrganisationSector,
    OrganisationStatus,
    Post,
    Register,
)
from coopevents.i18n import force_locale
from tests.browsing import hidden, signed_in
from tests.directory.keeping import FOUNDED, enter, names, union_id
from tests.factories import make_organisation, make_person, make_post

CHANGES = ("name", "seat", "status", "sector", "code", "heads", "support", "override")
ACTS = ("consolidate", "absorb", "absorbed", "divide", "split-off", "convert", "dissolve")


@pytest.fixture(autouse=True)
def _today(app):
    with time_machine.travel("2026-11-25T03:00:00Z", tick=True), force_locale("en"):
        yield


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def unescaped(value):
    return value.replace("&#34;", '"').replace("&amp;", "&").replace("&#39;", "'")


def carried(page):
    """Answer what the form carries unseen."""
    found = {"csrf_token": hidden(page)}
    for name in ("seen", "shown"):
        field = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
        if field:
            found[name] = unescaped(field[1])
    return found


def send(officer, path, page=None, **fields):
    """Fill in the form at the address, or on the page given, and send it."""
    page = page or officer.get(f"{path}?lang=en").text
    return officer.post(f"{path}?lang=en", data={**carried(page), **fields})


def count(table):
    return db.session.scalar(select(func.count()).select_from(table))


def test_a_new_organisation_is_entered_through_its_form(officer, programme):
    answer = send(
        officer,
        "/organisations/new",
        name="HTX Chè Sạch",
        kind="cooperative",
        commune="gia dien",
        founded_on="2020-03-01",
        sector="Chè",
        tax="2600123456",
        phone="0912345678",
        body_id=str(union_id()),
        supported_on="2020-02-01",
    )

    made = db.session.scalars(select(Organisation)).one()
    assert (answer.status_code, answer.location) == (303, f"/organisations/{made.id}")
    assert names(made) == [("HTX Chè Sạch", FOUNDED, None)]
    (seat,) = rows_of(OrganisationAddress, made.id)
    # The old commune's name was typed: it stands for the one it went into.
    assert (seat.unit.name, seat.valid_from) == ("Xã Hạ Hòa", date(2025, 7, 1))
    assert [row.code for row in rows_of(OrganisationCode, made.id)] == ["2600123456"]
    assert "HTX Chè Sạch" in officer.get(answer.location).text


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"name": ""}, "name"),
        ({"commune": "Không Có"}, "commune"),
        ({"founded_on": "2026-12-31"}, "founded_on"),
        ({"founded_on": "2020-03-01", "founded_year": "2019"}, "founded_year"),
        ({"tax": "123"}, "tax"),
        ({"phone": "gọi tôi"}, "phone"),
        ({"email": "a@"}, "email"),
        ({"founded_year": "20"}, "founded_year"),
    ],
)
def test_a_new_organisation_that_cannot_be_is_refused_beside_the_field(officer, wrong, place):
    fields = {"name": "HTX Chè", "kind": "cooperative", "commune": "Hiền Lương", "body_id": "0"}

    answer = send(officer, "/organisations/new", **{**fields, **wrong})

    assert (answer.status_code, count(Organisation)) == (422, 0)
    assert f'id="{place}-error"' in answer.text


def test_a_namesake_is_shown_before_a_second_is_entered(officer, programme):
    make_organisation(programme, name="HTX Chè Hoà")
    fields = {"kind": "cooperative", "commune": "Hiền Lương", "body_id": "0"}

    shown = send(officer, "/organisations/new", name="HTX chè hòa", **fields)

    assert (shown.status_code, count(Organisation)) == (422, 1)
    assert "all_the_same" in shown.text
    fields["all_the_same"] = "y"
    assert send(officer, "/organisations/new", name="HTX chè hòa", **fields).status_code == 303


def test_each_change_is_written_through_its_form(officer, programme):
    one = enter(programme)
    path = f"/organisations/{one.id}/change"
    forms = {
        "name": {"name": "HTX Mới", "since": "2026-01-01", "source": "QĐ 7"},
        "seat": {"commune": "Xã Hiền Lương", "since": "2026-01-01", "line": "Khu 2"},
        "status": {"status": "suspended", "since": "2026-01-01"},
        "sector": {"sector": "Chè", "since": "2026-01-01"},
        "code": {"scheme": "tax", "code": "2600123456", "since": "2026-01-01"},
        "heads": {"as_of": "2026-06-30", "members": "40"},
        "support": {"body_id": str(union_id()), "supported_on": ""},
        "override": {
            "rule": "WOMEN_HEADED",
            "women_led": "yes",
            "decision_reason": "Biên bản 3",
            "since": "2026-01-01",
        },
    }

    answers = {what: send(officer, f"{path}/{what}", **fields) for what, fields in forms.items()}

    assert {what: answer.status_code for what, answer in answers.items()} == dict.fromkeys(
        CHANGES, 303
    )
    assert names(one)[-1] == ("HTX Mới", date(2026, 1, 1), None)
    assert [row.line for row in rows_of(OrganisationAddress, one.id)] == ["Khu 2"]
    assert [row.status for row in rows_of(OrganisationStatus, one.id)] == [
        *("operating", "suspended")
    ]
    assert [row.sector for row in rows_of(OrganisationSector, one.id)] == ["Chè"]
    assert [row.code for row in rows_of(OrganisationCode, one.id)] == ["2600123456"]
    assert db.session.scalars(select(HeadCount.members)).all() == [40]
    page = officer.get(f"/organisations/{one.id}?lang=en").text
    assert ("Biên bản 3" in page, "Người dùng" in page) == (True, True)
    row = rows_of(OrganisationName, one.id)[-1]
    assert (row.source, record.names_of_users([row.recorded_by_id])) == (
        "QĐ 7",
        {row.recorded_by_id: "Người dùng"},
    )


def test_a_refusal_stands_on_the_form_and_nothing_is_written(officer, programme):
    enter(programme, "HTX Bưởi", codes={"tax": "2600123456"})
    one = enter(programme)

    before = send(
        officer, f"/organisations/{one.id}/change/name", name="HTX Mới", since="2019-01-01"
    )
    code = send(
        officer,
        f"/organisations/{one.id}/change/code",
        scheme="tax",
        code="2600123456",
        since="2026-01-01",
    )
    nothing = send(officer, f"/organisations/{one.id}/change/name", name="", since="x")

    assert (before.status_code, "It was founded on 1 Mar 2020" in before.text) == (409, True)
    assert (code.status_code, "It belongs to “HTX Bưởi”" in code.text) == (409, True)
    assert nothing.status_code == 422
    assert names(one) == [("HTX Chè Mẫu", FOUNDED, None)]
    assert rows_of(OrganisationCode, one.id) == []


def test_two_officers_at_one_time_the_second_is_told_what_differs(officer, programme):
    one = enter(programme)
    path = f"/organisations/{one.id}/change/name"
    page = officer.get(f"{path}?lang=en").text
    service.rename(one, "HTX Của Người Khác", since=date(2026, 2, 1))

    answer = send(officer, path, page, name="HTX Của Tôi", since="2026-03-01")

    assert answer.status_code == 409
    assert "HTX Của Người Khác, 1 Feb 2026" in answer.text
    assert len(names(one)) == 2
    again = send(officer, path, answer.text, name="HTX Của Tôi", since="2026-03-01")
    assert (again.status_code, names(one)[-1][0]) == (303, "HTX Của Tôi")


@pytest.mark.parametrize("seen", ["", "x", "[]", '{"1": []}', '{"1": {"name": 3}}'])
def test_a_form_that_does_not_know_what_stood_there_writes_nothing(officer, programme, seen):
    one = enter(programme)
    path = f"/organisations/{one.id}/change/name"
    page = officer.get(path).text

    answer = officer.post(
        path,
        data={**carried(page), "seen": seen, "name": "HTX Mới", "since": "2026-03-01"},
    )

    assert (answer.status_code, len(names(one))) == (409, 1)


def test_what_was_typed_wrong_is_put_right_and_shown_in_the_history(officer, programme):
    one = enter(programme, "HTX Che")
    (row,) = rows_of(OrganisationName, one.id)
    path = f"/organisations/{one.id}/correct/name/{row.id}"
    page = officer.get(f"{path}?lang=en").text

    answer = send(officer, path, page, name="HTX Chè", since="2020-03-01", reason="gõ thiếu dấu")

    assert ('value="HTX Che"' in page, answer.status_code) == (True, 303)
    assert names(one) == [("HTX Chè", FOUNDED, None)]
    history = officer.get(f"/organisations/{one.id}/history?lang=en").text
    assert ("HTX Che<" in history, "gõ thiếu dấu" in history) == (True, True)


def test_a_founding_and_a_decision_are_put_right_through_their_forms(officer, programme):
    one = enter(programme)
    decided = service.override(
        one, WOMEN_HEADED, women_led=True, reason="BB 1", since=date(2025, 1, 1)
    )

    founding = send(
        officer,
        f"/organisations/{one.id}/correct/founding",
        founded_on="",
        founded_year="2019",
        reason="theo giấy chứng nhận",
    )
    ended = send(
        officer, f"/organisations/{one.id}/overrides/{decided.id}/end", last_on="2025-12-31"
    )

    assert (founding.status_code, ended.status_code) == (303, 303)
    db.session.refresh(one)
    assert (one.founded_on, one.founded_precision) == (date(2019, 1, 1), "year")
    db.session.refresh(decided)
    assert decided.valid_to == date(2025, 12, 31)


def act_fields(two):
    new = {"bodies-0-name": "HTX Một", "bodies-0-commune": "Hiền Lương"}
    return {
        "consolidate": {"others": f"#{two.id}", **new},
        "absorb": {"others": "HTX hai"},
        "absorbed": {"others": "HTX Hai"},
        "divide": {**new, "bodies-1-name": "HTX Hai Mới"},
        "split-off": new,
        "convert": {**new, "people": "go_on"},
        "dissolve": {},
    }


@pytest.mark.parametrize("kind", ACTS)
def test_each_act_is_shown_first_and_written_when_confirmed(officer, programme, kind):
    one = make_organisation(
        programme, kind=OrganisationKind.COOPERATIVE_GROUP, name="Tổ hợp tác Chè"
    )
    two = make_organisation(programme, name="HTX Hai")
    path = f"/organisations/{one.id}/act/{kind}"
    fields = {"on": "2026-06-10", "document": "QĐ 5", **act_fields(two)[kind]}

    shown = send(officer, path, **fields)

    assert (shown.status_code, 'id="consequences"' in shown.text) == (200, True)
    assert (count(OrganisationLineage), count(Organisation)) == (0, 2)
    done = send(officer, path, shown.text, **fields, confirmed="yes")
    assert (done.status_code, done.location) == (303, f"/organisations/{one.id}")
    kinds = {link.kind for link in db.session.scalars(select(OrganisationLineage))}
    assert kinds == {kind.replace("absorbed", "absorb").replace("split-off", "split_off")}
    assert "QĐ 5" in officer.get(done.location).text


def test_a_confirmation_of_what_was_not_shown_is_shown_again(officer, programme):
    one = make_organisation(programme, name="HTX Một")
    path = f"/organisations/{one.id}/act/dissolve"
    shown = send(officer, path, on="2026-06-10")

    other_day = send(officer, path, shown.text, on="2026-06-11", confirmed="yes")
    make_post(make_person(programme), one)
    other_state = send(officer, path, shown.text, on="2026-06-10", confirmed="yes")

    assert (other_day.status_code, 'id="consequences"' in other_day.text) == (200, True)
    assert (other_state.status_code, "The register has changed" in other_state.text) == (409, True)
    assert count(OrganisationLineage) == 0


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("absorb", {"others": "HTX Không Có"}, "No organisation of the register is called"),
        ("absorb", {"others": "HTX Hai"}, "may be several"),
        ("absorb", {"others": "#999999"}, "No organisation of the register is called"),
        ("divide", {"bodies-0-name": "HTX Mới"}, "at least two new organisations"),
        ("split-off", {}, "Give the name of what is founded"),
        ("split-off", {"bodies-0-name": "HTX Mới", "bodies-0-commune": "x"}, "no commune called"),
        ("dissolve", {"on": "2026-12-31"}, "has not come yet"),
    ],
)
def test_an_act_that_cannot_be_is_refused_on_its_form(officer, programme, kind, fields, sentence):
    one = make_organisation(programme, name="HTX Một")
    for _ in range(2):
        make_organisation(programme, name="HTX Hai")

    answer = send(officer, f"/organisations/{one.id}/act/{kind}", **{"on": "2026-06-10", **fields})

    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert count(OrganisationLineage) == 0


def test_a_cooperative_is_offered_no_conversion(officer, programme):
    one = make_organisation(programme)

    assert officer.get(f"/organisations/{one.id}/act/convert").status_code == 404
    assert "/act/convert" not in officer.get(f"/organisations/{one.id}").text


def test_who_ended_is_offered_nothing_and_shows_what_became_of_it(officer, programme):
    one, two = make_organisation(programme, name="HTX Một"), make_organisation(programme)
    lineage.absorb(two, [one], on=date(2026, 6, 10))

    page = officer.get(f"/organisations/{one.id}?lang=en").text

    assert ("/change/name" in page, "absorbed by" in page) == (False, True)
    assert f'href="/organisations/{two.id}"' in page


def test_an_organisation_of_another_register_is_not_found(officer, programme):
    other = Register(key="elsewhere", name={"vi": "Nơi khác"})
    db.session.add(other)
    db.session.flush()
    stranger = Organisation(register_id=other.id, kind=OrganisationKind.COOPERATIVE)
    db.session.add(stranger)
    db.session.flush()
    own = enter(programme)
    (row,) = rows_of(OrganisationName, own.id)
    id_ = stranger.id
    paths = [f"/organisations/{id_}/change/{what}" for what in CHANGES]
    paths += [f"/organisations/{id_}/act/{kind}" for kind in ACTS]
    paths += [
        f"/organisations/{id_}/history",
        f"/organisations/{id_}/correct/name/{row.id}",
        f"/organisations/{id_}/correct/founding",
        f"/organisations/{id_}/overrides/1/end",
        f"/organisations/{own.id}/overrides/999999/end",
        f"/organisations/{own.id}/correct/sector/{row.id}",
    ]

    assert {path: officer.get(path).status_code for path in paths} == dict.fromkeys(paths, 404)


def test_who_only_looks_is_offered_no_change(client, programme):
    one = enter(programme)
    viewer = signed_in(client, programme, Role.VIEWER)

    page = viewer.get(f"/organisations/{one.id}").text
    history = viewer.get(f"/organisations/{one.id}/history")

    assert ("/change/" in page, "/act/" in page) == (False, False)
    assert (history.status_code, "/correct/" in history.text) == (200, False)
    refused = [f"/change/{what}" for what in CHANGES] + [f"/act/{kind}" for kind in ACTS]
    assert {viewer.get(f"/organisations/{one.id}{path}").status_code for path in refused} == {403}


@pytest.mark.parametrize("number", [1, 3])
def test_the_history_asks_as_many_questions_for_three_rows_as_for_one(
    officer, programme, count_queries, number
):
    one = enter(programme)
    for year in range(number):
        service.rename(one, f"HTX {year}", since=date(2021 + year, 1, 1))
        service.override(
            one,
            WOMEN_HEADED,
            women_led=True,
            reason="BB",
            since=date(2021 + year, 1, 1),
            until=date(2021 + year, 12, 31),
        )
        lineage.absorb(one, [make_organisation(programme)], on=date(2024 + year, 1, 1))

    with count_queries() as asked:
        officer.get(f"/organisations/{one.id}/history")

    assert asked.number == 26
    assert len(rows_of(Post, one.id)) == 0
