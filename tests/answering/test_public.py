"""The pages behind a mailed link."""

import re
from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents.db import db
from coopevents.delegates import consents, notices
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import (
    Channel,
    Consent,
    ConsentPurpose,
    ContactPoint,
    PostKind,
    Sex,
)
from coopevents.events.models import SessionState
from coopevents.invitations import service as invitations
from coopevents.invitations.models import (
    AccessLink,
    Answer,
    InvitationAnswer,
    InvitationState,
)
from coopevents.lifecycle import replying
from coopevents.mail.models import Message, Priority
from coopevents.people import reaching
from coopevents.registrations import queries
from coopevents.registrations.models import RegistrationState
from tests.browsing import hidden
from tests.event_factories import (
    kind_of,
    make_entry,
    make_event,
    make_invitation,
    sessions_of,
)
from tests.factories import make_organisation, make_person, make_post

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
    return {name: hidden(page, name) for name in ("csrf_token", "submission", "told")}


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


@pytest.fixture
def fair(invitation, programme):
    """The activity is a fair: its kind asks for products, stands and what they need."""
    invitation.event.kind = kind_of(programme, "trade_promotion")
    db.session.flush()


@pytest.mark.usefixtures("fair")
def test_what_the_kind_asks_is_answered_beside_the_delegates(client, path):
    asked = client.get(f"{path}?lang=en").text
    said = {"reply-products": "Chè xanh", "reply-stands": "2", "reply-needs": ["power", "water"]}

    answer(client, path, **DELEGATE, **said)

    shown = client.get(f"{path}?lang=en").text
    given = db.session.scalars(select(InvitationAnswer)).one()
    assert "Which products will you show?" in asked
    assert given.replies == {"products": "Chè xanh", "stands": 2, "needs": ["power", "water"]}
    assert ">Chè xanh</textarea>" in shown
    assert shown.count(" checked") == 2


@pytest.mark.usefixtures("fair")
@pytest.mark.parametrize(
    "said",
    [
        {"reply-stands": "two"},
        {"reply-stands": "-1"},
        {"reply-stands": "9" * 5000},
        {"reply-needs": "gold"},
        {"reply-products": "x" * 1001},
    ],
    ids=["no number", "negative", "huge", "no choice of ours", "too long"],
)
def test_a_reply_that_is_no_answer_is_said_beside_its_question(client, path, invitation, said):
    refused = answer(client, path, **DELEGATE, **said)

    assert refused.status_code == 422
    assert 'class="field-error"' in refused.text
    assert 'value="Nguyễn Thị Hoa"' in refused.text
    assert invitation.state is InvitationState.PENDING


def test_a_reply_to_what_nobody_asked_is_not_kept(client, path):
    answer(client, path, **DELEGATE, **{"reply-unasked": "Chè"})

    assert db.session.scalars(select(InvitationAnswer.replies)).all() == [{}]


def test_the_page_weighs_less_than_fifty_kilobytes_in_all(client, path):
    page = client.get(path)
    files = set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text))
    weights = []
    for file in files:
        with client.get(file) as sent:
            weights.append(len(sent.data))

    assert len(files) >= 4
    assert len(page.data) + sum(weights) < 50_000


@pytest.mark.parametrize("locale", ["vi", "en", "ar"])
def test_with_twenty_seats_the_page_is_as_light_and_every_seat_has_its_row_by_a_link(
    client, programme, locale
):
    organisation = make_organisation(programme, name="HTX Rau An")
    invitation = make_invitation(make_event(programme, sessions=SESSIONS), organisation, seats=20)
    path = invitations.new_link(invitation).removeprefix("http://localhost")
    page = client.get(f"{path}?lang={locale}")
    weights = []
    for file in set(re.findall(r'(?:href|src)="(/static/[^"#]+)', page.text)):
        with client.get(file) as sent:
            weights.append(len(sent.data))

    more = re.search(r'href="([^"#]+rows=all[^"#]*)', page.text)[1].replace("&amp;", "&")
    whole = client.get(more).text

    assert len(page.data) + sum(weights) < 50_000
    assert len(re.findall('name="delegates-[0-9]+-full_name"', page.text)) == 5
    assert len(re.findall('name="delegates-[0-9]+-full_name"', whole)) == 20
    assert "rows=all" not in whole


def test_a_refused_form_offers_no_language_its_address_cannot_be_read_in(client, path):
    refused = client.post(f"{path}/accept", data={})
    unknown = client.get("/r/AAAAAAAAAAAAAAAAAAAAAA")

    assert (refused.status_code, "?lang=" in refused.text) == (400, False)
    assert (unknown.status_code, "?lang=" in unknown.text) == (404, True)


def test_a_phone_without_consent_is_kept_for_this_activity_only(client, path, invitation):
    answer(client, path, **DELEGATE, **{"delegates-0-phone": "0912 345 678"})

    (named,) = queries.list_delegates(invitation)
    points = db.session.scalars(
        select(ContactPoint).where(ContactPoint.person_id == named.person.id)
    )
    assert named.registration.phone == "+84912345678"
    assert list(points) == []
    assert db.session.scalars(select(Consent)).all() == []


def test_nothing_is_ticked_by_us(client, path):
    assert " checked" not in client.get(path).text


@pytest.mark.case(32)
def test_consent_is_kept_with_its_words_and_taking_it_back_ends_messages_only(
    client, path, invitation
):
    fields = {
        **DELEGATE,
        "delegates-0-phone": "0912345678",
        "delegates-0-email": "hoa@coop.example",
        "delegates-0-birth_year": "1985",
    }
    answer(client, path, **fields, **{"delegates-0-next_invitations": "y"})
    answer(client, path, **fields, **{"delegates-0-next_invitations": "y"})
    given = [(c.purpose, c.given) for c in db.session.scalars(select(Consent))]
    answer(client, path, **fields)

    (named,) = queries.list_delegates(invitation)
    rows = db.session.scalars(select(Consent).order_by(Consent.id)).all()
    points = reaching.points_of(named.person)
    assert given == [(ConsentPurpose.NEXT_INVITATIONS, True)]
    assert [(c.given, c.text_version) for c in rows] == [
        (True, consents.VERSION),
        (False, consents.VERSION),
    ]
    assert {c.registration_id for c in rows} == {named.registration.id}
    assert sorted(point.value for point in points) == ["+84912345678", "hoa@coop.example"]
    assert [point.is_usable for point in points] == [False, False]
    assert notices.own_addresses([named.person]) == []
    assert named.registration.state is RegistrationState.CONFIRMED
    assert named.person.birth_year == 1985


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("full_name", "Hoa" * 100),
        ("full_name", "Trúng thưởng https://win.example"),
        ("full_name", "WWW.win.example"),
        ("phone", "12"),
        ("email", "hoa"),
        ("birth_year", "85"),
        ("birth_year", "9" * 5000),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(client, path, invitation, name, typed):
    refused = answer(client, path, **{**DELEGATE, f"delegates-0-{name}": typed})

    assert refused.status_code == 422
    assert f'id="delegates-0-{name}-error"' in refused.text
    assert invitation.state is InvitationState.PENDING


@pytest.mark.case(19)
def test_another_year_of_birth_is_another_person(client, path, invitation):
    known = make_person(invitation.event.programme, full_name="Nguyễn Thị Hoa", birth_year=1960)
    make_post(known, invitation.organisation)

    answer(client, path, **DELEGATE, **{"delegates-0-birth_year": "1985"})

    (named,) = queries.list_delegates(invitation)
    assert (named.person.id == known.id, named.person.birth_year) == (False, 1985)


def test_asking_for_a_call_is_kept_for_the_officer_and_ends_nothing(client, path, invitation):
    answer(client, path, **DELEGATE)

    asked = answer(client, path, "call-back", note="0912 345 678, sau 17 giờ")

    last = db.session.scalars(select(InvitationAnswer).order_by(InvitationAnswer.id.desc())).first()
    assert asked.status_code == 303
    assert (last.answer, last.reason) == (Answer.CALL_BACK, "0912 345 678, sau 17 giờ")
    assert invitation.state is InvitationState.ACCEPTED
    assert len(queries.list_delegates(invitation)) == 1


def test_one_delegate_does_not_come_and_with_nobody_left_nobody_does(client, path, invitation):
    answer(client, path, **DELEGATE)
    (named,) = queries.list_delegates(invitation)

    left = answer(client, path, f"delegates/{named.registration.id}/withdraw")

    assert (left.status_code, queries.list_delegates(invitation)) == (303, [])
    assert invitation.state is InvitationState.DECLINED


def test_an_offered_place_is_taken_on_the_page(client, path, invitation):
    event = invitation.event
    event.capacity, event.offer_hours = 1, 8
    first = make_invitation(event, make_organisation(event.programme))
    before = NamedDelegate("Lê Thị Mai", Sex.FEMALE, PostKind.MEMBER)
    replying.accept_invitation(first, [before], uuid4(), Channel.EMAIL, "vi")
    answer(client, path, **DELEGATE)
    replying.decline_invitation(first, "", uuid4(), Channel.EMAIL, "vi")
    page = client.get(f"{path}?lang=en").text
    (place,) = re.findall(r'action="([^"?]+/offers/[0-9]+/take)', page)

    taken = client.post(place, data=fields_of(page))

    (named,) = queries.list_delegates(invitation)
    assert (taken.status_code, named.registration.state) == (303, RegistrationState.CONFIRMED)


def test_after_the_session_the_page_says_who_was_there(client, path, invitation):
    answer(client, path, **DELEGATE)
    (named,) = queries.list_delegates(invitation)
    (session,) = sessions_of(invitation.event)
    session.state = SessionState.HELD
    make_entry(session, named.registration)

    with time_machine.travel("2026-06-11T03:00:00Z", tick=True):
        page = client.get(f"{path}?lang=en").text

    assert "Who was there" in page
    assert "Present" in page
    assert "call-back" not in page


def over(invitation) -> AccessLink:
    link = db.session.query(AccessLink).filter_by(invitation_id=invitation.id).one()
    link.revoked_at = link.created_at
    db.session.flush()
    return link


def test_a_link_that_is_over_is_replaced_by_mail_to_the_contact_on_file(client, path, invitation):
    link = over(invitation)
    page = client.get(f"{path}?lang=en")

    answered = client.post(f"{path}/renew", data={"csrf_token": hidden(page.text)})

    message = db.session.scalars(select(Message).where(Message.template == "link_renewed")).one()
    fresh = db.session.get(AccessLink, link.replaced_by_id)
    assert (page.status_code, answered.status_code) == (410, 200)
    assert (message.address, message.priority) == ("an@coop.example", Priority.ANSWER)
    assert (fresh.invitation_id, fresh.revoked_at) == (invitation.id, None)
    assert "HTX Rau An" not in page.text + answered.text
    assert "an@coop.example" not in page.text + answered.text
    assert client.get(path).status_code == 410


def test_the_sentence_is_the_same_whether_or_not_a_link_was_sent(client, path, invitation):
    csrf = {"csrf_token": hidden(client.get(path).text)}
    unknown = client.post("/r/AAAAAAAAAAAAAAAAAAAAAA/renew", data=csrf)
    open_still = client.post(f"{path}/renew", data=csrf)
    over(invitation)
    sent = client.post(f"{path}/renew", data=csrf)

    texts = {
        re.sub(r"/r/[^/?\"]+", "", one.text).replace(csrf["csrf_token"], "")
        for one in (unknown, open_still, sent)
    }
    assert len(texts) == 1
    assert len(db.session.scalars(select(Message)).all()) == 1


def test_a_link_is_asked_for_three_times_an_hour(client, path, invitation):
    csrf = {"csrf_token": hidden(client.get(path).text)}
    over(invitation)

    statuses = [client.post(f"{path}/renew", data=csrf).status_code for _each in range(4)]

    assert statuses == [200, 200, 200, 429]
