"""Whom to call because mail came back, and that each call is ticked off once."""

from datetime import date

import pytest
from sqlalchemy import func, select

from coopevents.accounts.models import Role
from coopevents.audit.models import AuditEntry
from coopevents.bounces import queries, service
from coopevents.bounces.models import AddressCall
from coopevents.bounces.words import meaning
from coopevents.db import db
from coopevents.directory.models import Channel
from coopevents.duplicates import service as duplicates
from coopevents.errors import DomainError, InputError, NotFoundError
from coopevents.i18n import force_locale
from coopevents.mail import queries as mail
from coopevents.mail.models import Batch, Message, MessageState
from tests.bounces.making import REPORT, make_call, point_of
from tests.browsing import post, signed_in
from tests.event_factories import make_event, make_invitation, make_registration
from tests.factories import (
    make_contact_point,
    make_organisation,
    make_other_programme,
    make_person,
    make_post,
)

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture
def organisation(programme):
    return make_organisation(
        programme, name="HTX Rau An", email="an@coop.example", phone="+84912345678"
    )


@pytest.fixture
def call(programme, organisation):
    return make_call(programme, organisation)


def test_a_call_says_whom_and_at_which_number(programme, organisation, call):
    (line,) = queries.list_open(programme)

    assert line.call is call
    assert (line.name, line.organisation_id, line.person_id) == (
        "HTX Rau An",
        organisation.id,
        None,
    )
    assert line.phones == ["+84912345678"]


def test_numbers_that_do_not_work_are_not_called(programme, organisation, call):
    dead = make_contact_point(organisation, Channel.PHONE, "+84900000000")
    held = make_contact_point(organisation, Channel.ZALO, "+84900000001")
    dead.dead_at = held.held_at = call.opened_at
    db.session.flush()

    (line,) = queries.list_open(programme)

    assert line.phones == ["+84912345678"]


def test_an_activity_shows_calls_about_whoever_is_invited_or_named(programme, organisation, call):
    event, other = (make_event(programme, sessions=SESSIONS) for _ in "12")
    make_invitation(event, organisation)
    delegate = make_person(programme, email="delegate@coop.example")
    make_registration(event, delegate, organisation)
    about_delegate = make_call(programme, delegate)
    make_call(programme, make_organisation(programme, email="far@coop.example"))

    shown = [line.call for line in queries.list_open_at(event)]

    assert shown == [call, about_delegate]
    assert queries.list_open_at(other) == []


def test_an_organisation_shows_calls_about_itself_and_whoever_has_a_post(
    programme, organisation, call
):
    holder, former = (make_person(programme, email=f"{n}@coop.example") for n in "ab")
    make_post(holder, organisation)
    make_post(former, organisation, valid_to=date(2020, 1, 1))
    about_holder = make_call(programme, holder)
    make_call(programme, former)

    shown = [line.call for line in queries.list_open_of(organisation.id, programme.id)]

    assert shown == [call, about_holder]


def test_a_merged_organisation_is_called_as_the_kept_one_at_the_numbers_of_both(
    programme, organisation, call
):
    kept = make_organisation(programme, name="HTX Rau An Bình", phone="+84900000001")
    other = make_organisation(programme, name="HTX Rau An 3", phone="+84900000002")
    duplicates.merge_organisations(kept, organisation, "Nhập hai lần")
    duplicates.merge_organisations(kept, other, "Nhập hai lần")
    event = make_event(programme, sessions=SESSIONS)
    make_invitation(event, other)

    lists = [
        queries.list_open(programme),
        queries.list_open_of(kept.id, programme.id),
        queries.list_open_at(event),
    ]

    for (line,) in lists:
        assert line.call is call
        assert (line.name, line.organisation_id) == ("HTX Rau An Bình", kept.id)
        assert line.phones == ["+84900000001", "+84912345678", "+84900000002"]


def test_a_merged_person_is_called_as_the_kept_one_at_the_numbers_of_both(programme, organisation):
    holder = make_person(programme, email="hoa@coop.example")
    kept = make_person(programme, full_name="Nguyễn Thị Hoà")
    make_contact_point(holder, Channel.PHONE, "+84900000003")
    make_contact_point(kept, Channel.PHONE, "+84900000004")
    about = make_call(programme, holder)
    duplicates.merge_people(kept, holder, "Nhập hai lần")
    make_post(kept, organisation)

    (line,) = queries.list_open_of(organisation.id, programme.id)

    assert line.call is about
    assert (line.name, line.person_id) == ("Nguyễn Thị Hoà", kept.id)
    assert line.phones == ["+84900000004", "+84900000003"]


def test_a_call_that_was_made_is_on_no_list(programme, organisation, call):
    event = make_event(programme, sessions=SESSIONS)
    make_invitation(event, organisation)

    service.tick_off(call, "  Đổi địa chỉ  ")

    assert (call.note, call.done_at is None) == ("Đổi địa chỉ", False)
    assert queries.list_open(programme) == []
    assert queries.list_open_at(event) == []
    assert queries.list_open_of(organisation.id, programme.id) == []
    assert queries.count_open(programme) == 0


def test_a_call_is_ticked_off_once(programme, call, english):
    service.tick_off(call, "first")

    with pytest.raises(DomainError, match="already"):
        service.tick_off(call, "second")

    assert call.note == "first"


def test_a_call_is_ticked_off_with_a_note(programme, call):
    with pytest.raises(InputError) as refused:
        service.tick_off(call, "  ")

    assert set(refused.value.fields) == {"note"}
    assert call.done_at is None


def test_an_address_that_comes_back_after_the_call_is_called_again(programme, organisation, call):
    service.tick_off(call, "said it works")
    message = db.session.get(Message, call.message_id)

    service.open_calls(message, REPORT)

    assert [line.call.id for line in queries.list_open(programme)] != [call.id]
    assert queries.count_open(programme) == 1


def test_make_other_programme_sees_no_call_of_ours(programme, call):
    other = make_other_programme(programme)

    with pytest.raises(NotFoundError):
        queries.get_call(call.id, other.id)

    assert queries.list_open(other) == []


@pytest.mark.parametrize("number", [1, 3])
def test_a_list_costs_the_same_however_long_it_is(programme, number, count_queries):
    for n in range(number):
        make_call(programme, make_organisation(programme, email=f"h{n}@coop.example"))
    db.session.expire_all()
    programme_id = programme.id
    assert programme_id

    with count_queries() as asked:
        lines = queries.list_open(programme)

    assert (len(lines), asked.number) == (number, 6)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("5.1.1", "There is no such address."),
        ("5.1.10", "There is no such address."),
        ("5.2.2", "Its mailbox is full."),
        ("5.2.1", "Its mailbox takes no mail."),
        ("5.4.4", "Its mail server cannot be found."),
        ("5.7.26", "Its mail server refuses mail from us; the address may be right."),
        ("4.4.7", "Its mail server could not be reached for days; the address may be right."),
        ("5.0.0", "Its mail server does not take the mail."),
        ("5.11.0", "Its mail server does not take the mail."),
        ("", "Its mail server does not take the mail."),
    ],
)
def test_a_number_is_told_in_words(app, status, said):
    with force_locale("en"):
        assert meaning(status) == said


def test_the_pages_show_the_call_and_tick_it_off(client, programme, organisation, call):
    event = make_event(programme, sessions=SESSIONS)
    make_invitation(event, organisation)
    staff = signed_in(client, programme, Role.OFFICER)
    path = f"/returned-mail/{call.id}"

    pages = [
        staff.get(f"{one}?lang=en").text
        for one in (
            "/returned-mail/",
            f"/events/{event.id}",
            f"/events/{event.id}/invitations/",
            f"/organisations/{organisation.id}",
        )
    ]
    page = staff.get(f"{path}?lang=en").text
    empty = post(staff, page, path, note="")
    done = post(staff, page, path, note="Gave a new address")
    again = post(staff, page, path, note="Me too")

    assert [path in one and "There is no such address." in one for one in pages] == [True] * 4
    assert "550 5.1.1 no such user" in page
    assert "tel:+84912345678" in page
    assert (empty.status_code, done.status_code, again.status_code) == (422, 303, 409)
    assert "Gave a new address" in staff.get(path).text
    assert path not in staff.get("/returned-mail/").text
    assert db.session.scalar(select(func.count()).where(AuditEntry.act == "address_call.done")) == 1
    assert db.session.get(AddressCall, call.id).done_by_id is not None


def test_the_first_page_leads_to_the_calls_until_they_are_made(client, programme, call):
    signed_in(client, programme, Role.OFFICER)
    leads = 'href="/returned-mail/"'

    before = client.get("/?lang=en").text
    service.tick_off(call, "Đã gọi")
    db.session.flush()
    after = client.get("/?lang=en").text

    assert (leads in before, leads in after) == (True, False)


def test_a_viewer_sees_the_call_and_ticks_nothing_off(client, programme, call):
    staff = signed_in(client, programme, Role.VIEWER)

    page = staff.get(f"/returned-mail/{call.id}").text
    refused = post(staff, staff.get("/returned-mail/").text, f"/returned-mail/{call.id}", note="x")

    assert "<textarea" not in page
    assert refused.status_code == 403


def test_a_call_of_nobody_is_not_found(client, programme):
    staff = signed_in(client, programme, Role.OFFICER)

    assert staff.get("/returned-mail/987654").status_code == 404


def test_the_page_of_a_round_names_what_came_back(client, programme, organisation, call):
    message = db.session.get(Message, call.message_id)
    batch = Batch(programme_id=programme.id, hold_until=call.opened_at, window="always")
    db.session.add(batch)
    db.session.flush()
    message.batch_id = batch.id
    db.session.flush()

    assert [(one.id, one.state) for one in mail.list_failed(batch)] == [
        (message.id, MessageState.BOUNCED)
    ]
    assert message.last_error == "5.1.1 550 5.1.1 no such user"
    assert point_of(organisation).held_reason == "5.1.1 550 5.1.1 no such user"
