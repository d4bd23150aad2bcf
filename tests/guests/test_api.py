"""Inviting persons from another program, and reading who was."""

from datetime import date

import pytest
import time_machine

from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from tests.api.conftest import Caller
from tests.event_factories import make_event, make_invitation
from tests.factories import make_organisation, make_other_programme, make_person
from tests.guests.making import invite_person


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-05T03:00:00Z"):
        yield


@pytest.fixture
def calling(client, programme):
    _token, secret = accounts.create_token("of a test", Role.OFFICER, programme.id)
    return Caller(client, secret)


@pytest.fixture
def event(programme):
    return make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])


def test_persons_are_previewed_and_then_invited(calling, programme, event, official):
    silent = make_person(programme, full_name="Không Thư")
    path = f"/events/{event.id}/invitations"
    persons = [
        {"person_id": official.id, "invited_as": "official"},
        {"person_id": silent.id, "invited_as": "guest"},
    ]

    seen = calling.post(f"{path}/persons/preview", {"persons": persons}).json
    before = calling.get(path).json["items"]
    confirmed = calling.post(f"{path}/persons", {"preview_token": seen["preview_token"]})
    again = calling.post(f"{path}/persons", {"preview_token": seen["preview_token"]})

    assert seen["number"] == 1
    assert seen["invitees"] == [
        {
            "person_id": official.id,
            "full_name": "Lê Thị Hải Yến",
            "invited_as": "official",
            "position": "Phó Chủ tịch, Liên minh HTX tỉnh",
            "delegate_of": [],
        }
    ]
    (out,) = seen["left_out"]
    assert (out["full_name"], out["reason"], out["channels"]) == (
        "Không Thư",
        "no_email",
        ["paper"],
    )
    assert before == []
    assert (confirmed.status_code, confirmed.json["messages"]["queued"]) == (201, 1)
    assert again.status_code == 409


def test_the_list_says_who_was_invited_as_what(calling, programme, event, official):
    make_invitation(event, make_organisation(programme, name="HTX Rau An"))
    invite_person(event, official)

    rows = calling.get(f"/events/{event.id}/invitations").json["items"]

    told = [
        (r["name"], r["person_id"], r["invited_as"], r["organisation_id"] is None) for r in rows
    ]
    assert told == [
        ("HTX Rau An", None, None, False),
        ("Lê Thị Hải Yến", official.id, "official", True),
    ]


@pytest.mark.parametrize(
    "persons",
    [
        [],
        [{"person_id": 1}],
        [{"person_id": 1, "invited_as": "king"}],
        [{"person_id": 2**70, "invited_as": "guest"}],
        [{"person_id": n, "invited_as": "guest"} for n in range(1, 102)],
    ],
)
def test_what_is_no_list_of_persons_is_refused(calling, event, persons):
    answer = calling.post(f"/events/{event.id}/invitations/persons/preview", {"persons": persons})

    assert answer.status_code == 422


def test_a_person_of_another_register_is_not_known(calling, programme, event):
    stranger = make_person(make_other_programme(programme, own_register=True))
    persons = [{"person_id": stranger.id, "invited_as": "guest"}]

    answer = calling.post(f"/events/{event.id}/invitations/persons/preview", {"persons": persons})

    assert answer.status_code == 404


def test_an_activity_of_another_programme_is_not_known(calling, programme, official):
    elsewhere = make_event(make_other_programme(programme), contents=())
    persons = [{"person_id": official.id, "invited_as": "guest"}]

    answer = calling.post(
        f"/events/{elsewhere.id}/invitations/persons/preview", {"persons": persons}
    )

    assert answer.status_code == 404
