"""What lets a delegate in at the door: made with her place, shown again, ended with it."""

from datetime import date
from uuid import uuid4

import icalendar
import pytest
import time_machine
from sqlalchemy import select

from coopevents import qrcodes
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events.models import EventState
from coopevents.invitations import service as invitations
from coopevents.lifecycle import replying
from coopevents.registrations import passes, queries
from coopevents.registrations.models import Pass, Registration, RegistrationState
from tests.browsing import hidden
from tests.event_factories import make_event, make_invitation, make_registration, sessions_of
from tests.factories import make_organisation, make_person
from tests.house.test_pages import Page

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00"), (date(2026, 6, 11), "07:30", "16:30")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-01T03:00:00Z", tick=True):
        yield


@pytest.fixture
def invitation(programme):
    organisation = make_organisation(programme, name="HTX Rau An", email="an@coop.example")
    return make_invitation(make_event(programme, sessions=SESSIONS), organisation)


def named(name: str, **more) -> NamedDelegate:
    return NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR, **more)


def accept(invitation, *names: str) -> list[Registration]:
    delegates = [named(name, phone="+84912345678") for name in names]
    replying.accept_invitation(invitation, delegates, uuid4(), Channel.EMAIL, "vi")
    return [d.registration for d in queries.list_delegates(invitation)]


def token_of(registration: Registration) -> str:
    return passes.tokens_of([registration.id])[registration.id]


def test_each_delegate_has_a_pass_that_is_the_same_whenever_it_is_shown(app, invitation):
    registrations = accept(invitation, "Nguyễn Thị Hoa", "Lê Thị Mai")
    first = passes.tokens_of([one.id for one in registrations])

    accept(invitation, "Nguyễn Thị Hoa", "Lê Thị Mai")

    again = passes.tokens_of([one.id for one in registrations])
    kept = db.session.scalars(select(Pass.token_hash)).all()
    assert again == first
    assert len(set(first.values())) == len(kept) == 2
    assert {len(token) for token in first.values()} == {22}
    assert set(kept) & set(first.values()) == set()
    assert [passes.registration_of(first[one.id]) for one in registrations] == registrations


def test_the_page_says_what_the_door_must_know_and_nothing_else(client, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    token = token_of(registration)

    answer = client.get(f"/p/{token}?lang=en")

    page = Page(answer.text)
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert (page.headings, page.inline) == (1, [])
    assert f'src="{qrcodes.inline(f"http://localhost/p/{token}")}"' in answer.text.replace(
        "&#39;", "'"
    )
    for said in ("Nguyễn Thị Hoa", "HTX Rau An", "Tập huấn quản trị hợp tác xã", "11 Jun 2026"):
        assert said in answer.text
    for kept_back in ("912345678", "an@coop.example", "0210", "office@coop.example", "/r/"):
        assert kept_back not in answer.text


def test_the_calendar_file_of_a_pass_has_the_uids_of_the_mails(client, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")

    own = client.get(f"/p/{token_of(registration)}/calendar.ics")

    entries = icalendar.Calendar.from_ical(own.text).walk("VEVENT")
    uids = [str(entry["UID"]).rpartition("-")[0] for entry in entries]
    assert own.content_type == "text/calendar; charset=utf-8; method=PUBLISH"
    assert uids == [invitation.calendar_uid] * 2


@pytest.mark.case(8)
def test_one_delegate_of_two_cooperatives_has_one_pass_that_names_both(client, invitation):
    event = invitation.event
    other = make_invitation(event, make_organisation(event.programme, name="HTX Chè Sạch"))
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    person = registration.person
    both = named(person.full_name, person=person)
    replying.accept_invitation(other, [both], uuid4(), Channel.EMAIL, "vi")
    token = token_of(registration)

    page = client.get(f"/p/{token}").text
    replying.withdraw_delegate(other, registration.id, uuid4(), Channel.EMAIL, "vi")
    later = client.get(f"/p/{token}").text

    assert db.session.scalars(select(Registration.person_id)).all() == [person.id]
    assert ("HTX Rau An" in page, "HTX Chè Sạch" in page) == (True, True)
    assert ("HTX Rau An" in later, "HTX Chè Sạch" in later) == (True, False)
    assert passes.registration_of(token) == registration


@pytest.mark.case(21)
def test_the_pass_of_whoever_does_not_come_says_so_and_reveals_nothing(client, invitation):
    (before,) = accept(invitation, "Nguyễn Thị Hoa")
    token = token_of(before)

    (instead,) = accept(invitation, "Lê Thị Mai")

    answer = client.get(f"/p/{token}?lang=en")
    file = client.get(f"/p/{token}/calendar.ics")
    assert (answer.status_code, file.status_code) == (410, 404)
    assert "This pass does not hold any more" in answer.text
    for secret in ("Hoa", "HTX", "Tập huấn", "2026", "data:image"):
        assert secret not in answer.text
    assert passes.registration_of(token) is None
    assert passes.registration_of(token_of(instead)) == instead


def test_whoever_comes_after_all_gets_another_pass(app, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    first = token_of(registration)
    replying.withdraw_delegate(invitation, registration.id, uuid4(), Channel.EMAIL, "vi")

    (again,) = accept(invitation, "Nguyễn Thị Hoa")

    assert again == registration
    assert passes.registration_of(first) is None
    assert passes.registration_of(token_of(again)) == again


def test_a_pass_on_the_waiting_list_lets_nobody_in_until_there_is_a_place(client, invitation):
    invitation.event.capacity = 1
    first, second = accept(invitation, "Nguyễn Thị Hoa", "Lê Thị Mai")
    token = token_of(second)
    page = client.get(f"/p/{token}?lang=en").text
    before = passes.registration_of(token)

    replying.withdraw_delegate(invitation, first.id, uuid4(), Channel.EMAIL, "vi")

    assert second.state is RegistrationState.CONFIRMED
    assert "No place is confirmed yet." in page
    assert ("Lê Thị Mai" in page, "data:image" in page) == (False, False)
    assert (before, passes.registration_of(token)) == (None, second)


@pytest.mark.parametrize(
    ("state", "said"),
    [
        (EventState.POSTPONED, "This activity is postponed."),
        (EventState.CANCELLED, "This activity is cancelled."),
    ],
)
def test_the_pass_of_an_activity_that_is_not_held_says_so(client, invitation, state, said):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    invitation.event.state = state

    answer = client.get(f"/p/{token_of(registration)}?lang=en")

    assert answer.status_code == 200
    assert said in answer.text
    assert ("Nguyễn Thị Hoa" in answer.text, "10 Jun" in answer.text) == (False, False)
    assert "data:image" not in answer.text
    assert passes.registration_of(token_of(registration)) is None


@pytest.mark.parametrize(
    ("moment", "status"),
    [
        ("2026-06-10T01:00:00Z", 200),
        ("2026-06-11T16:30:00Z", 200),
        ("2026-06-11T17:30:00Z", 410),
    ],
    ids=["in the first session", "in the evening of the last day", "after it"],
)
def test_a_pass_ends_with_the_last_day(client, invitation, moment, status):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")

    with time_machine.travel(moment, tick=True):
        answer = client.get(f"/p/{token_of(registration)}")
        holds = passes.registration_of(token_of(registration)) is not None

    assert (answer.status_code, holds) == (status, status == 200)


def test_a_pass_moves_with_its_activity(app, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    for session in sessions_of(invitation.event):
        session.held_on = session.held_on.replace(month=7)
    db.session.flush()

    with time_machine.travel("2026-07-10T01:00:00Z", tick=True):
        held = passes.registration_of(token_of(registration))

    assert held == registration


def test_a_token_nobody_made_is_not_found(client, app):
    assert client.get("/p/AAAAAAAAAAAAAAAAAAAAAA").status_code == 404
    assert passes.registration_of("AAAAAAAAAAAAAAAAAAAAAA") is None


def test_a_link_is_no_pass_and_a_pass_no_link(client, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    link = invitations.new_link(invitation).rpartition("/")[2]

    crossed = [f"/p/{link}", f"/r/{token_of(registration)}"]

    assert [client.get(path).status_code for path in crossed] == [404, 404]


def test_under_a_new_secret_old_passes_hold_and_the_next_answer_makes_others(app, invitation):
    (registration,) = accept(invitation, "Nguyễn Thị Hoa")
    old, key = token_of(registration), app.config["SECRET_KEY"]
    app.config["SECRET_KEY"] = "another secret of this house"
    try:
        shown = passes.tokens_of([registration.id])
        accept(invitation, "Nguyễn Thị Hoa")
        fresh = token_of(registration)
        holds = [passes.registration_of(token) for token in (old, fresh)]
        replying.withdraw_delegate(invitation, registration.id, uuid4(), Channel.EMAIL, "vi")
        ended = [passes.registration_of(token) for token in (old, fresh)]
    finally:
        app.config["SECRET_KEY"] = key

    assert shown == {}
    assert (holds, ended) == ([registration] * 2, [None] * 2)


def test_a_place_given_before_there_were_passes_gets_one_by_a_button(client, invitation):
    registrations = accept(invitation, "Nguyễn Thị Hoa", "Lê Thị Mai")
    for kept in db.session.scalars(select(Pass)):
        db.session.delete(kept)
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    csrf = {"csrf_token": hidden(client.get(path).text)}

    statuses = [client.post(f"{path}/passes", data=csrf).status_code for _twice in "12"]

    tokens = passes.tokens_of([one.id for one in registrations])
    assert statuses == [303, 303]
    assert set(tokens) == {one.id for one in registrations}
    assert len(db.session.scalars(select(Pass)).all()) == 2


@pytest.mark.parametrize("people", [1, 3])
def test_passes_are_made_by_one_statement(programme, count_queries, people):
    event = make_event(programme, sessions=SESSIONS)
    registrations = [make_registration(event, make_person(programme)) for _each in range(people)]

    with count_queries() as asked:
        passes.give(event, registrations)
        db.session.flush()

    assert asked.number == 2
