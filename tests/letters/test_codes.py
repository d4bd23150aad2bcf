"""The code of a letter: read aloud, typed, made again, and found by nobody who guesses."""

import re
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock, tokens
from coopevents.db import db
from coopevents.invitations.models import AccessLink
from coopevents.letters import codes
from tests.browsing import hidden, post
from tests.channels.making import standing_of

FORM = re.compile(r"[1-9A-HJKMNP-TV-Z]{3}-[1-9A-HJKMNP-TV-Z]{3}-[1-9A-HJKMNP-TV-Z]{4}")


@pytest.fixture
def link(event):
    invitation = standing_of(event, "HTX Rau").invitation
    return codes.links_of([invitation])[invitation.id]


def test_a_code_is_grouped_and_has_no_sign_taken_for_another(app):
    made = {tokens.derived_code("test", str(number)) for number in range(200)}

    assert len(made) == 200
    assert [code for code in made if not FORM.fullmatch(code)] == []


def test_a_code_holds_more_than_40_bits():
    assert len(tokens.SIGNS) ** tokens.CODE_SIGNS > 2**40


@pytest.mark.parametrize("written", [str.lower, lambda c: c.replace("-", " "), lambda c: f" {c}."])
def test_a_code_is_read_however_it_is_typed(app, written):
    code = tokens.derived_code("test", "1")

    assert tokens.read_code(written(code)) == code


def test_an_i_and_an_l_are_read_as_the_one_they_were_taken_from(app):
    code = next(c for n in range(999) if "1" in (c := tokens.derived_code("test", str(n))))

    assert tokens.read_code(code.replace("1", "I")) == code
    assert tokens.read_code(code.replace("1", "l")) == code


def test_every_single_wrong_sign_is_found(app):
    code = tokens.derived_code("test", "1").replace("-", "")

    read = [
        code[:place] + sign + code[place + 1 :]
        for place in range(len(code))
        for sign in tokens.SIGNS
        if sign != code[place] and tokens.read_code(code[:place] + sign + code[place + 1 :])
    ]

    assert read == []


def test_two_neighbours_that_changed_places_are_found(app):
    code = tokens.derived_code("test", "1").replace("-", "")
    swapped = [
        code[:n] + code[n + 1] + code[n] + code[n + 2 :]
        for n in range(len(code) - 1)
        if code[n] != code[n + 1]
    ]

    assert [one for one in swapped if tokens.read_code(one)] == []


@pytest.mark.parametrize("typed", ["", "K7P", "K7P-Q4M-XD2N-9", "O00-000-0000", "ệ" * 10])
def test_what_is_no_code_is_read_as_none(typed):
    assert tokens.read_code(typed) is None


def test_the_code_is_the_same_whenever_it_is_asked_for(event, link):
    db.session.expire_all()
    invitation = standing_of(event, "HTX Rau").invitation

    codes.give(event, [invitation.id])

    assert codes.links_of([invitation])[invitation.id] == link


def test_nothing_of_a_code_but_hashes_is_kept(event, link):
    rows = db.session.scalars(select(AccessLink)).all()
    kept = " ".join(f"{row.token_hash} {row.short_code_hash}" for row in rows)

    assert link.code not in kept
    assert link.address.rpartition("/")[2] not in kept
    assert tokens.fingerprint(link.code) not in kept


def test_a_code_opens_the_invitation(client, link):
    page = client.get("/c").text

    answer = post(client, page, "/c", code=link.code.lower())

    assert answer.status_code == 303
    assert answer.location == "/r/" + link.address.rpartition("/")[2]
    assert "HTX Rau" in client.get(answer.location).text


def test_opening_by_a_code_writes_nothing(client, link):
    before = len(db.session.scalars(select(AccessLink)).all())

    post(client, client.get("/c").text, "/c", code=link.code)

    assert len(db.session.scalars(select(AccessLink)).all()) == before


def test_a_well_formed_code_nobody_has_and_a_typing_mistake_are_told_the_same(client, link):
    page = client.get("/c").text

    strange = post(client, page, "/c", code=tokens.derived_code("test", "strange"))
    mistyped = post(client, page, "/c", code=link.code[:-1] + "Ư")

    assert (strange.status_code, mistyped.status_code) == (422, 422)
    told = "field-error"
    assert strange.text.count(told) == mistyped.text.count(told) == 1
    assert "HTX" not in strange.text + mistyped.text


def test_the_code_typed_stands_there_again(client, link):
    answer = post(client, client.get("/c").text, "/c", code="K7P-Q4M")

    assert 'value="K7P-Q4M"' in answer.text


def test_an_address_that_tries_wrong_codes_is_slowed_down(client, link):
    page = client.get("/c").text

    tries = [post(client, page, "/c", code="K7P-Q4M-XD2N").status_code for _try in range(11)]

    assert tries == [422] * 10 + [429]
    assert post(client, page, "/c", code=link.code).status_code == 429


def test_right_codes_are_not_limited(client, link):
    page = client.get("/c").text

    tries = {post(client, page, "/c", code=link.code).status_code for _try in range(15)}

    assert tries == {303}


def test_a_code_that_is_over_gets_another_made(event, link):
    with time_machine.travel(clock.now() + timedelta(days=400)):
        invitation = standing_of(event, "HTX Rau").invitation
        codes.give(event, [invitation.id])

        assert codes.links_of([invitation]) == {}


def test_a_revoked_code_opens_nothing_and_another_is_given(client, event, link):
    invitation = standing_of(event, "HTX Rau").invitation
    row = db.session.scalars(
        select(AccessLink).where(AccessLink.invitation_id == invitation.id)
    ).one()
    row.revoked_at = clock.now()
    db.session.flush()
    answer = post(client, client.get("/c").text, "/c", code=link.code)

    codes.give(event, [invitation.id])

    assert client.get(answer.location).status_code == 410
    assert codes.links_of([invitation])[invitation.id].code != link.code


def test_under_a_new_secret_key_links_go_on_and_another_code_is_given(app, client, event, link):
    invitation = standing_of(event, "HTX Rau").invitation
    key = app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret of this house"
    try:
        shown = codes.links_of([invitation])
        codes.give(event, [invitation.id])
        given = codes.links_of([invitation])[invitation.id]
        found = codes.find_token(given.code)
        page = client.get("/r/" + link.address.rpartition("/")[2])
    finally:
        app.config["SECRET_KEY"] = key

    assert shown == {}
    assert given.code != link.code
    assert f"/r/{found}" == "/r/" + given.address.rpartition("/")[2]
    assert page.status_code == 200


def test_a_form_without_its_token_is_refused(client, link):
    assert hidden(client.get("/c").text)
    assert client.post("/c", data={"code": link.code}).status_code == 400
