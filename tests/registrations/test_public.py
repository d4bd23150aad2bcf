"""The pages behind a mailed link."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.invitations import service as invitations
from coopevents.invitations.models import AccessLink, InvitationAnswer, InvitationState
from coopevents.registrations import queries
from tests.browsing import hidden
from tests.event_factories import kind_of, make_event, make_invitation
from tests.factories import make_organisation

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def invitation(programme):
    organisation = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    return make_invitation(make_event(programme, sessions=SESSIONS), organisation)


@pytest.fixture
def path(invitation):
    return invitations.new_link(invitation).removeprefix("http://localhost")


def fields_of(page: str) -> dict[str, str]:
    """Answer the fields of the first form that nobody sees."""
    return {name: hidden(page, name) for name in ("csrf_token", "submission")}


def answer(client, path, act="accept", **fields):
    page = client.get(path).get_data(as_text=True)
    return client.post(f"{path}/{act}", data={**fields_of(page), **fields})


DELEGATE = {
    "delegates-0-full_name": "Nguyễn Thị Hoa",
    "delegates-0-sex": "female",
    "delegates-0-post": "director",
}


def test_the_page_names_the_organisation_and_needs_no_account(client, path):
    page = client.get(f"{path}?lang=en")

    assert page.status_code == 200
    assert "HTX Rau An" in page.get_data(as_text=True)
    assert "<script" not in page.get_data(as_text=True)


def test_accepting_names_the_delegates_and_shows_them(client, path, invitation):
    answered = answer(client, path, **DELEGATE)

    shown = client.get(f"{path}?lang=en").get_data(as_text=True)
    assert answered.status_code == 303
    assert invitation.state is InvitationState.ACCEPTED
    assert [d.person.full_name for d in queries.list_delegates(invitation)] == ["Nguyễn Thị Hoa"]
    assert "Your answer has arrived." in shown


def test_the_same_form_sent_three_times_is_one_answer(client, path, invitation):
    fields = {**fields_of(client.get(path).text), **DELEGATE}

    statuses = [client.post(f"{path}/accept", data=fields).status_code for _ in range(3)]

    assert statuses == [303, 303, 303]
    assert len(queries.list_delegates(invitation)) == 1


def test_what_is_missing_is_said_beside_its_field_and_the_rest_is_kept(client, path, invitation):
    answered = answer(client, f"{path}", **{**DELEGATE, "delegates-0-sex": ""})

    page = answered.get_data(as_text=True)
    assert answered.status_code == 422
    assert 'value="Nguyễn Thị Hoa"' in page
    assert 'id="delegates-0-sex-error"' in page
    assert queries.list_delegates(invitation) == []
    assert invitation.state is InvitationState.PENDING


def test_an_answer_without_its_token_is_refused(client, path, invitation):
    answered = client.post(f"{path}/accept", data={"submission": str(uuid4()), **DELEGATE})

    assert answered.status_code == 400
    assert invitation.state is InvitationState.PENDING


def test_declining_is_kept_and_can_be_changed(client, path, invitation):
    answer(client, path, "decline", reason="Bận mùa vụ")
    declined = invitation.state

    answer(client, path, **DELEGATE)

    assert (declined, invitation.state) == (InvitationState.DECLINED, InvitationState.ACCEPTED)


def test_a_link_nobody_made_is_not_found(client, app):
    assert client.get("/r/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404


@pytest.mark.parametrize("column", ["revoked_at", "expires_at"])
def test_a_link_that_is_over_says_so_and_changes_nothing(client, path, invitation, column):
    fields = {**fields_of(client.get(path).text), **DELEGATE}
    link = db.session.query(AccessLink).filter_by(invitation_id=invitation.id).one()
    setattr(link, column, link.created_at)
    db.session.flush()

    opened, answered = client.get(path), client.post(f"{path}/accept", data=fields)

    assert (opened.status_code, answered.status_code) == (410, 410)
    assert invitation.state is InvitationState.PENDING


def test_the_calendar_file_holds_every_session(client, path):
    file = client.get(f"{path}/calendar.ics")

    assert file.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert file.get_data(as_text=True).count("BEGIN:VEVENT") == 1
    assert "DTSTART;TZID=Asia/Ho_Chi_Minh:20260610T073000" in file.get_data(as_text=True)


def test_the_page_is_never_kept_and_tells_no_other_site_its_address(client, path):
    headers = client.get(path).headers

    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"


def test_one_link_may_answer_twenty_times_a_minute(client, path):
    page = client.get(path).get_data(as_text=True)
    fields = {**fields_of(page), **DELEGATE}

    statuses = [client.post(f"{path}/accept", data=fields).status_code for _ in range(21)]

    assert statuses == [303] * 20 + [429]


def test_what_the_kind_asks_is_answered_beside_the_delegates(client, path, invitation, programme):
    invitation.event.kind = kind_of(programme, "trade_promotion")
    db.session.flush()
    asked = client.get(f"{path}?lang=en").get_data(as_text=True)

    answer(
        client,
        path,
        **DELEGATE,
        **{"replies-0-key": "products", "replies-0-said": "Chè xanh", "replies-1-key": "stands"},
    )

    shown = client.get(f"{path}?lang=en").get_data(as_text=True)
    given = db.session.scalars(select(InvitationAnswer)).one()
    assert "Which products will you show?" in asked
    assert given.replies == {"products": "Chè xanh"}
    assert ">Chè xanh</textarea>" in shown.replace("\r\n", "").replace("\n", "")


@pytest.mark.parametrize(
    ("key", "said", "status"), [("unasked", "Chè", 303), ("wishes", "x" * 1001, 422)]
)
def test_a_reply_that_cannot_be_kept_is_not(client, path, invitation, key, said, status):
    answered = answer(client, path, **DELEGATE, **{"replies-0-key": key, "replies-0-said": said})

    replies = db.session.scalars(select(InvitationAnswer.replies)).all()
    assert (answered.status_code, [one for one in replies if one]) == (status, [])
