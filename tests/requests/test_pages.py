"""The public form and the officers' pages of requests, as a browser sees them."""

import re
from datetime import date

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.db import db
from coopevents.events.models import EventState
from coopevents.invitations.models import Invitation
from coopevents.mail.models import Message
from coopevents.requests import public, queries, service
from coopevents.requests.models import PlaceRequest, RequestPurpose, RequestState
from tests.browsing import fill_in, post, signed_in
from tests.event_factories import make_event, make_invitation
from tests.factories import find_commune, make_organisation, make_other_programme
from tests.house.test_pages import _check, direction
from tests.requests.making import make_request, open_registration

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]
TYPED = {
    "organisation_name": "HTX  Rau   An",
    "contact_name": "Nguyễn Thị Hoa",
    "email": "Hoa@Coop.example",
    "people": "2",
    "this_activity": "y",
}


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True):
        yield


@pytest.fixture
def event(programme):
    event = make_event(programme, sessions=SESSIONS, capacity=10)
    open_registration(event)
    return event


@pytest.fixture
def address(event):
    return f"/activities/{event.id}"


@pytest.fixture
def officer(client, programme):
    return signed_in(client, programme, Role.OFFICER)


def kept() -> list[PlaceRequest]:
    return list(db.session.scalars(select(PlaceRequest).order_by(PlaceRequest.id)))


def test_the_form_is_kept_as_it_is_meant_and_answered_alike_for_everybody(client, event, address):
    commune = queries.communes_to_choose(event)[0]
    wanted = {**TYPED, "commune_id": str(commune.id), "phone": "0912 345 678"}

    sent = fill_in(client, address, **wanted)

    (asked,) = kept()
    page = client.get(f"{sent.location}?lang=en")
    assert (sent.status_code, sent.location) == (303, f"{address}/asked")
    assert (page.status_code, "Your request has arrived" in page.text) == (200, True)
    assert (asked.organisation_name, asked.commune_id) == ("HTX Rau An", commune.id)
    assert (asked.email, asked.phone) == ("hoa@coop.example", "+84912345678")
    assert (asked.people, asked.code, asked.reason, asked.locale) == (2, None, None, "vi")


def test_whether_it_is_known_or_invited_makes_no_difference_to_the_sender(
    client, programme, event, address
):
    stranger = fill_in(client, address, **TYPED)
    known = make_organisation(programme, name="HTX Rau An", email="hoa@coop.example")
    make_invitation(event, known)
    invited = fill_in(client, address, **TYPED)

    first, second = client.get(stranger.location), client.get(invited.location)

    assert (stranger.status_code, stranger.location) == (invited.status_code, invited.location)
    assert first.text == second.text
    assert "HTX Rau An" not in client.get(address).text


def test_the_same_form_sent_three_times_is_one_request(client, address):
    page = client.get(address).text

    sent = [fill_in(client, address, page, **TYPED).status_code for _each in range(3)]

    assert sent == [303] * 3
    assert len(kept()) == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"organisation_name": " "}, "organisation_name"),
        ({"organisation_name": "\x00\x07"}, "organisation_name"),
        ({"organisation_name": "Á" * 201}, "organisation_name"),
        ({"contact_name": ""}, "contact_name"),
        ({"email": ""}, "phone"),
        ({"email": "no address"}, "email"),
        ({"phone": "12"}, "phone"),
        ({"people": "0"}, "people"),
        ({"people": "9" * 40}, "people"),
        ({"people": "two"}, "people"),
        ({"commune_id": "999999999999999999999"}, "commune_id"),
        ({"commune_id": "x"}, "commune_id"),
        ({"reason": "a" * 501}, "reason"),
        ({"this_activity": None}, "this_activity"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field_and_the_rest_is_kept(client, address, wrong, field):
    whole = {**TYPED, **wrong}

    refused = fill_in(client, address, **{k: v for k, v in whole.items() if v is not None})

    assert refused.status_code == 422
    assert f'id="{field}-error"' in refused.text
    assert 'value="2"' in refused.text or "people" in wrong
    assert kept() == []


def test_signs_nobody_sees_are_not_kept(client, address):
    fill_in(client, address, **{**TYPED, "reason": "Muốn\x00 học\r\n\x1bthêm"})

    (asked,) = kept()
    assert asked.reason == "Muốn học thêm"


def test_consents_are_not_ticked_by_us(client, address):
    page = client.get(address).text

    boxes = re.findall(r'<input[^>]*type="checkbox"[^>]*>', page)
    assert len(boxes) == 2
    assert [box for box in boxes if "checked" in box] == []


def test_what_fills_in_the_hidden_field_is_thanked_and_not_kept(client, address):
    sent = fill_in(client, address, **TYPED, website="https://spam.example")

    assert (sent.status_code, sent.location) == (303, f"{address}/asked")
    assert kept() == []


def test_a_form_without_its_tokens_is_refused(client, address):
    bare = client.post(address, data=TYPED)
    tampered = fill_in(client, address, **TYPED, submission="x")

    assert (bare.status_code, tampered.status_code) == (400, 422)
    assert kept() == []


def test_one_address_sends_twenty_requests_an_hour_and_refusals_do_not_count(
    client, address, monkeypatch
):
    refused = [fill_in(client, address, **{**TYPED, "people": "0"}) for _each in range(3)]
    sent = [fill_in(client, address, **TYPED).status_code for _each in range(21)]

    assert [one.status_code for one in refused] == [422] * 3
    assert sent == [303] * 20 + [429]
    assert public.ASKED.startswith("20 per hour")


def test_the_page_works_without_script_and_is_light(client, address, project):
    page = client.get(address).text

    loaded = set(re.findall(r'(?:href|src)="/static/([^"#]+)', page))
    weights = [(project / "coopevents" / "static" / name).stat().st_size for name in loaded]
    assert "<script" not in page
    assert len(loaded) >= 4
    assert len(page.encode()) + sum(weights) < 50_000


@direction
def test_the_form_stands_in_every_language(client, address, locale, direction):
    page = _check(client, address, 200, locale, direction)

    assert {"organisation_name", "email", "this_activity"} <= page.fields.keys()


@direction
def test_the_officers_pages_stand_while_requests_wait(client, programme, event, locale, direction):
    officer = signed_in(client, programme, Role.OFFICER)
    make_organisation(programme, name="HTX <Rau> An")
    asked = make_request(event, organisation_name="HTX <Rau> An", phone="+84912345678")
    phone_only = make_request(event, email=None, phone="+84912345678")

    paths = [
        f"/events/{event.id}/requests/",
        request_page(event, asked),
        request_page(event, phone_only),
    ]

    titles = [_check(officer, path, 200, locale, direction).title for path in paths]
    assert "" not in titles


def test_the_page_names_no_officer(client, event, address):
    page = client.get(address).text

    assert event.contact_name not in page
    assert (event.contact_phone in page, event.contact_email in page) == (True, True)


@pytest.mark.parametrize(
    ("state", "status"),
    [
        (EventState.DRAFT, 404),
        (EventState.POSTPONED, 200),
        (EventState.CANCELLED, 200),
    ],
)
def test_no_form_is_shown_for_what_is_not_ahead(client, event, address, state, status):
    page = client.get(address).text
    event.state = state

    shown = client.get(address)
    sent = fill_in(client, address, page, **TYPED)

    assert (shown.status_code, "<form" in shown.text) == (status, False)
    assert sent.status_code == (404 if status == 404 else 409)
    assert kept() == []


def test_no_form_is_shown_after_its_day_nor_for_what_began(client, address):
    shown = []
    for moment in ("2026-06-06T03:00:00Z", "2026-06-10T03:00:00Z"):
        with time_machine.travel(moment, tick=True):
            shown.append(client.get(address))

    assert [(one.status_code, "<form" in one.text) for one in shown] == [(200, False)] * 2


def test_there_is_no_page_of_what_was_never_opened(client, programme):
    closed = make_event(programme, sessions=SESSIONS)

    paths = [f"/activities/{id_}" for id_ in (closed.id, 0, 10**18, 10**30)]

    assert [client.get(path).status_code for path in paths] == [404] * 4


def test_the_page_of_open_activities_leads_there_where_a_place_may_be_asked_for(
    client, programme, event, address
):
    event.listed_publicly = True
    other = make_event(programme, sessions=SESSIONS, title="Chỉ người được mời")
    other.listed_publicly = True

    page = client.get("/activities?lang=en").text

    assert re.findall(r'href="(/activities/\d+)', page) == [address]
    assert len(re.findall(r">Ask for a place<", page)) == 1


def test_an_officer_opens_changes_and_closes_registration(officer, programme):
    event = make_event(programme, sessions=SESSIONS)
    path = f"/events/{event.id}/requests"
    opening = {"is_open": "y", "until_on": "2026-06-05", "audience": "Hợp tác xã nữ"}

    opened = fill_in(officer, f"{path}/open", **opening)
    page = officer.get(f"{path}/?lang=en").text
    registration = queries.find_registration(event)
    until_on, was_open = registration.until_on, registration.closed_at is None
    stale = officer.get(f"{path}/open").text
    fill_in(officer, f"{path}/open", audience="Mọi hợp tác xã")
    overtaken = fill_in(officer, f"{path}/open", stale, audience="Hợp tác xã chè")
    closed = officer.post(
        f"{path}/open",
        data={**_without(officer.get(f"{path}/open").text)},
    )

    assert (opened.status_code, overtaken.status_code, closed.status_code) == (303, 409, 303)
    assert (until_on, was_open) == (date(2026, 6, 5), True)
    assert f"http://localhost/activities/{event.id}" in page
    assert registration.audience == "Mọi hợp tác xã"
    assert registration.closed_at is not None


def _without(page: str) -> dict[str, str]:
    """Answer the fields of the setting with its box not ticked."""
    names = ("csrf_token", "basis", "until_on")
    found = {n: re.search(rf'name="{n}"[^>]*value="([^"]*)"', page) for n in names}
    told = {n: m[1].replace("&#34;", '"') for n, m in found.items() if m}
    return {**told, "audience": "Mọi hợp tác xã"}


@pytest.mark.parametrize(
    "typed",
    [
        {"until_on": ""},
        {"until_on": "2026-06-11"},
        {"until_on": "99999-01-01"},
        {"audience": " "},
        {"audience": "a" * 501},
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_on_the_form(officer, programme, typed):
    event = make_event(programme, sessions=SESSIONS)
    whole = {"is_open": "y", "until_on": "2026-06-05", "audience": "HTX", **typed}

    refused = fill_in(officer, f"/events/{event.id}/requests/open", **whole)

    assert refused.status_code == 422
    assert queries.find_registration(event) is None


def request_page(event, asked) -> str:
    return f"/events/{event.id}/requests/{asked.id}"


def test_an_officer_approves_from_the_page(officer, programme, event):
    organisation = make_organisation(programme, name="Hợp tác xã Rau An")
    asked = make_request(event)
    tab = officer.get(f"/events/{event.id}?lang=en").text
    listed = officer.get(f"/events/{event.id}/requests/?lang=en").text
    path = request_page(event, asked)
    page = officer.get(f"{path}?lang=en").text

    approved = post(
        officer,
        page,
        f"{path}/approve",
        organisation_id=organisation.id,
        seats="3",
        channel="email",
    )

    after = officer.get(f"/events/{event.id}/requests/?lang=en").text
    assert "Requests (1)" in tab
    assert "Hợp tác xã Rau An" in listed
    assert f'value="{organisation.id}"' in page
    assert approved.status_code == 303
    assert db.session.scalars(select(Invitation.seats)).all() == [3]
    assert ("Requests (1)" in after, "Approved" in after) == (False, True)


def test_an_organisation_is_looked_for_by_its_name(officer, programme, event):
    organisation = make_organisation(programme, name="Hợp tác xã Chè Mỹ Lung")
    asked = make_request(event, organisation_name="Tên khác")
    path = request_page(event, asked)

    before = officer.get(path).text
    found = officer.get(f"{path}?q=my+lung").text

    assert (f'value="{organisation.id}"' in before, f'value="{organisation.id}"' in found) == (
        False,
        True,
    )


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"organisation_id": ""}, "Choose the organisation"),
        ({"organisation_id": "0"}, "Choose the organisation"),
        ({"organisation_id": "9" * 40}, "Choose the organisation"),
        ({"organisation_id": "of another register"}, "Choose the organisation"),
        ({"seats": "0"}, 'id="seats-error"'),
        ({"seats": "9" * 40}, 'id="seats-error"'),
        ({"channel": "zalo"}, 'id="channel-error"'),
    ],
)
def test_an_approval_that_cannot_be_is_refused_on_the_page(officer, programme, event, typed, field):
    organisation = make_organisation(programme)
    other = make_other_programme(programme, own_register=True)
    if typed.get("organisation_id") == "of another register":
        commune = find_commune(programme)
        foreign = make_organisation(other.register, commune=commune)
        typed = {"organisation_id": foreign.id}
    asked = make_request(event)
    path = request_page(event, asked)
    whole = {"organisation_id": organisation.id, "seats": "2", "channel": "email", **typed}

    refused = post(officer, officer.get(path).text, f"{path}/approve?lang=en", **whole)

    assert refused.status_code == 422
    assert field in refused.text
    assert db.session.scalar(select(func.count(Invitation.id))) == 0


def test_a_second_officer_sees_that_it_was_decided(officer, programme, event):
    organisation = make_organisation(programme)
    asked = make_request(event)
    path = request_page(event, asked)
    page = officer.get(path).text
    wanted = {"organisation_id": organisation.id, "seats": "2", "channel": "email"}

    first = post(officer, page, f"{path}/decline", reason="Hết chỗ")
    again = post(officer, page, f"{path}/decline", reason="Hết chỗ")
    late = post(officer, page, f"{path}/approve?lang=en", **wanted)

    assert (first.status_code, again.status_code, late.status_code) == (303, 303, 409)
    assert "Somebody has decided this request already" in late.text
    assert asked.state is RequestState.DECLINED


def test_declining_needs_a_reason(officer, event):
    asked = make_request(event)
    path = request_page(event, asked)

    refused = post(officer, officer.get(path).text, f"{path}/decline", reason=" ")

    assert refused.status_code == 422
    assert asked.state is RequestState.WAITING


def test_keeping_the_contact_is_offered_only_to_whom_it_was_allowed(officer, event):
    allowed = make_request(event, agreed=frozenset(RequestPurpose))
    other = make_request(event)

    pages = [officer.get(request_page(event, asked)).text for asked in (allowed, other)]

    assert ['name="keeps_contact"' in page for page in pages] == [True, False]


def test_an_unknown_organisation_is_entered_with_its_name_filled_in(officer, event):
    commune = find_commune(event.programme)
    asked = make_request(event, organisation_name='HTX "Mới" & Xa', commune_id=commune.id)
    page = officer.get(request_page(event, asked)).text

    link = re.search(r'href="(/organisations/new\?[^"]+)"', page)[1].replace("&amp;", "&")
    form = officer.get(link).text

    assert 'value="HTX &#34;Mới&#34; &amp; Xa"' in form
    assert f'value="{commune.name}"' in form


def test_the_call_page_shows_who_asked(officer, programme, event):
    organisation = make_organisation(programme, name="HTX Rau An")
    asked = make_request(event, email=None, phone="+84912345678", contact_name="Bà Hoa Mẫu")
    path = request_page(event, asked)
    wanted = {"organisation_id": organisation.id, "seats": "2", "channel": "phone"}
    post(officer, officer.get(path).text, f"{path}/approve", **wanted)
    (invitation,) = db.session.scalars(select(Invitation)).all()

    calls = officer.get(f"/events/{event.id}/channels/calls").text
    call = officer.get(f"/events/{event.id}/channels/calls/{invitation.id}").text

    assert ("Bà Hoa Mẫu" in calls, "+84912345678" in calls) == (True, True)
    assert ("Bà Hoa Mẫu" in call, "+84912345678" in call) == (True, True)


def test_another_programmes_requests_are_not_there(officer, programme):
    other = make_other_programme(programme)
    event = make_event(other, sessions=SESSIONS, contents=())
    open_registration(event)
    asked = make_request(event)
    own = make_event(programme, sessions=SESSIONS)

    paths = [
        f"/events/{event.id}/requests/",
        f"/events/{event.id}/requests/open",
        request_page(event, asked),
        request_page(own, asked),
    ]

    assert [officer.get(path).status_code for path in paths] == [404] * 4


def test_a_viewer_sees_and_decides_nothing(client, programme, event):
    viewer = signed_in(client, programme, Role.VIEWER)
    asked = make_request(event)
    path = request_page(event, asked)
    page = viewer.get(path)

    answers = [
        viewer.get(f"/events/{event.id}/requests/open").status_code,
        post(viewer, viewer.get("/").text, f"{path}/decline", reason="Không").status_code,
    ]

    assert (page.status_code, "<fieldset" in page.text) == (200, False)
    assert answers == [403, 403]


def test_the_list_asks_as_often_for_three_requests_as_for_one(
    officer, programme, event, count_queries
):
    for number in range(3):
        make_organisation(programme, name=f"HTX Rau {number}")
    path = f"/events/{event.id}/requests/"
    make_request(event, organisation_name="HTX Rau 0")
    officer.get(path)
    with count_queries() as one:
        officer.get(path)
    for number in (1, 2):
        make_request(event, organisation_name=f"HTX Rau {number}")

    with count_queries() as three:
        officer.get(path)

    assert three.number == one.number


def test_the_page_of_a_forgotten_request_still_stands(officer, event):
    asked = make_request(event, reason="Bí mật")
    service.erase(asked)

    page = officer.get(request_page(event, asked))
    listed = officer.get(f"/events/{event.id}/requests/")

    assert (page.status_code, listed.status_code) == (200, 200)
    assert ("Bí mật" in page.text, "Rau An" in listed.text) == (False, False)


def test_a_refused_form_sends_no_mail(client, address):
    fill_in(client, address, **{**TYPED, "people": "0"})

    assert db.session.scalar(select(func.count(Message.id))) == 0
