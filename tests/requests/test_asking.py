"""What becomes of a request: kept apart, confirmed, told to officers, closed, forgotten."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents.audit.models import AuditEntry, AuditValue
from coopevents.db import db
from coopevents.directory.models import ContactPoint, Organisation, Person
from coopevents.errors import DomainError, InputError
from coopevents.events.models import EventState, SessionState
from coopevents.invitations.models import Invitation
from coopevents.lifecycle import placing
from coopevents.mail.models import Message, Priority
from coopevents.notices.models import About, Notice, NoticeKind
from coopevents.notices.words import path
from coopevents.requests import queries, service
from coopevents.requests.models import (
    OpenRegistration,
    PlaceRequest,
    RequestConsent,
    RequestPurpose,
    RequestState,
)
from coopevents.requests.service import LONG_OVER, Asked
from tests.checklists.making import make_user
from tests.event_factories import make_event, make_invitation, sessions_of
from tests.factories import make_organisation, make_other_programme
from tests.requests.making import UNTIL, make_request, open_registration
from workers.requests import tidy_requests

TODAY = "2026-05-04T03:00:00Z"
DAY_AFTER = "2026-06-11T03:00:00Z"


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel(TODAY, tick=True):
        yield


@pytest.fixture
def event(programme):
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])
    open_registration(event)
    return event


def mails() -> list[Message]:
    return list(db.session.scalars(select(Message).order_by(Message.id)))


def test_a_request_enters_nothing_into_the_register_before_it_is_approved(event):
    tables = (Organisation, Person, ContactPoint, Invitation)
    before = [db.session.scalar(select(func.count(table.id))) for table in tables]

    make_request(event)

    after = [db.session.scalar(select(func.count(table.id))) for table in tables]
    assert after == before


def test_the_confirmation_is_an_answer_and_carries_nothing_that_was_typed(event):
    typed = {"organisation_name": "XEM NGAY", "contact_name": "KHUYẾN MÃI", "reason": "TẠI ĐÂY"}

    make_request(event, **typed, code="MUA12", phone="+84912345678")

    (mail,) = mails()
    said = f"{mail.context} {mail.recipient_name}"
    assert (mail.template, mail.address) == ("request_received", "hoa@coop.example")
    assert (mail.priority, mail.kind, mail.contact_point_id) == (Priority.ANSWER, None, None)
    assert [word for word in (*typed.values(), "MUA12", "912345678") if word in said] == []


def test_no_more_than_three_confirmations_a_day_go_to_one_address(event):
    requests = [make_request(event) for _each in range(5)]
    with time_machine.travel("2026-05-05T04:00:00Z", tick=True):
        requests.append(make_request(event))

    assert len(requests) == 6
    assert len(mails()) == 4


def test_the_same_form_twice_is_one_request_and_one_mail(event):
    number = uuid4()

    first = make_request(event, submission_id=number)
    again = make_request(event, submission_id=number)

    assert again is first
    assert db.session.scalar(select(func.count(PlaceRequest.id))) == 1
    assert len(mails()) == 1


def test_consent_is_kept_by_purpose_in_the_words_of_a_version(event):
    asked = make_request(event, agreed=frozenset(RequestPurpose))
    other = make_request(event)

    rows = db.session.scalars(select(RequestConsent).order_by(RequestConsent.id)).all()
    assert [(row.request_id, row.purpose.value, row.text_version) for row in rows] == [
        (asked.id, "this_activity", "2026-11"),
        (asked.id, "next_invitations", "2026-11"),
        (other.id, "this_activity", "2026-11"),
    ]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"agreed": frozenset()}, "this_activity"),
        ({"agreed": frozenset({RequestPurpose.NEXT_INVITATIONS})}, "this_activity"),
        ({"email": None}, "phone"),
    ],
)
def test_what_is_missing_is_named_and_nothing_is_kept(event, typed, field):
    with pytest.raises(InputError) as refused:
        make_request(event, **typed)

    assert set(refused.value.fields) == {field}
    assert db.session.scalar(select(func.count(PlaceRequest.id))) == 0


def test_nobody_floods_an_activity_with_requests(event, monkeypatch):
    monkeypatch.setattr(service, "MOST_WAITING", 1)
    make_request(event)

    with pytest.raises(DomainError):
        make_request(event)

    assert queries.count_waiting(event) == 1


@pytest.mark.parametrize(
    "state",
    [EventState.DRAFT, EventState.POSTPONED, EventState.CANCELLED, EventState.CLOSED],
)
def test_nothing_can_be_asked_of_an_activity_that_is_not_ahead(event, state):
    event.state = state
    event.closed_at = event.created_at if state is EventState.CLOSED else None
    db.session.flush()

    with pytest.raises(DomainError):
        make_request(event)


@pytest.mark.parametrize(
    ("moment", "is_open"),
    [
        ("2026-06-05T16:59:00Z", True),
        ("2026-06-05T17:00:00Z", False),
    ],
    ids=["until midnight of the day", "after it"],
)
def test_a_place_is_asked_for_until_the_end_of_the_day(event, moment, is_open):
    with time_machine.travel(moment, tick=False):
        found = queries.open_among({event.id: sessions_of(event)})

    assert found == ({event.id} if is_open else set())


def test_an_activity_all_of_whose_sessions_are_cancelled_takes_no_request(event):
    sessions_of(event)[0].state = SessionState.CANCELLED
    db.session.flush()

    assert queries.open_among({event.id: sessions_of(event)}) == set()


def test_opening_the_same_again_is_nothing_and_closing_keeps_the_row(event):
    open_registration(event)
    service.set_up(event, is_open=False, until_on=None, audience="")
    closed = queries.find_registration(event).closed_at
    open_registration(event)
    db.session.commit()

    (row,) = db.session.scalars(select(OpenRegistration)).all()
    acts = db.session.scalars(
        select(AuditEntry.act).where(AuditEntry.act.like("requests.%")).order_by(AuditEntry.id)
    ).all()
    assert (closed is not None, row.closed_at) == (True, None)
    assert acts == ["requests.opened", "requests.closed", "requests.opened"]


@pytest.mark.parametrize(
    ("wanted", "field"),
    [
        ({"until_on": None}, "until_on"),
        ({"until_on": date(2026, 5, 3)}, "until_on"),
        ({"until_on": date(2026, 6, 11)}, "until_on"),
        ({"audience": ""}, "audience"),
    ],
    ids=["no day", "a day over", "after it began", "for nobody"],
)
def test_registration_is_not_opened_for_what_makes_no_sense(programme, wanted, field):
    event = make_event(programme, sessions=[(date(2026, 6, 10), "07:30", "11:00")])

    with pytest.raises(InputError) as refused:
        service.set_up(event, **{"is_open": True, "until_on": UNTIL, "audience": "HTX", **wanted})

    assert set(refused.value.fields) == {field}
    assert queries.find_registration(event) is None


def test_a_request_rings_the_bell_of_the_officer_of_the_activity(programme, event, app):
    officer = make_user(programme, "Cán bộ")
    event.contact_email = officer.email

    make_request(event)
    make_request(event)

    (notice,) = db.session.scalars(select(Notice)).all()
    assert (notice.user_id, notice.kind, notice.number) == (
        officer.id,
        NoticeKind.PLACE_REQUESTED,
        2,
    )
    assert (notice.about_kind, notice.about_id) == (About.EVENT, event.id)
    assert path(notice) == f"/events/{event.id}/requests/"


def test_what_nobody_decided_is_closed_when_the_activity_begins_and_its_sender_told(event):
    asked = make_request(event)
    told = make_request(event, email=None, phone="+84912345678")
    tidy_requests()
    before = asked.state

    with time_machine.travel("2026-06-10T00:31:00Z", tick=True):
        tidy_requests()
        tidy_requests()

    assert before is RequestState.WAITING
    assert (asked.state, told.state) == (RequestState.LAPSED, RequestState.LAPSED)
    assert [mail.template for mail in mails()] == ["request_received", "request_lapsed"]
    assert mails()[1].context["is_cancelled"] is False


def test_one_address_is_told_once_that_many_requests_lapsed(event):
    requests = [make_request(event) for _each in range(5)]

    with time_machine.travel("2026-06-10T00:31:00Z", tick=True):
        tidy_requests()

    assert {asked.state for asked in requests} == {RequestState.LAPSED}
    assert [mail.template for mail in mails()].count("request_lapsed") == 1


def test_requests_for_an_activity_that_is_cancelled_are_closed_and_say_so(event):
    asked = make_request(event)
    event.state = EventState.CANCELLED
    db.session.flush()

    tidy_requests()

    assert asked.state is RequestState.LAPSED
    assert mails()[-1].context["is_cancelled"] is True


def test_a_postponed_activity_keeps_its_requests_waiting(event):
    asked = make_request(event)
    event.state = EventState.POSTPONED
    db.session.flush()

    with time_machine.travel(DAY_AFTER, tick=True):
        tidy_requests()

    assert asked.state is RequestState.WAITING


def everything_typed(asked: PlaceRequest) -> list[str | None]:
    return [
        asked.organisation_name or None,
        asked.contact_name or None,
        asked.code,
        asked.phone,
        asked.email,
        asked.reason,
        asked.decline_reason,
    ]


def test_what_was_typed_is_forgotten_when_the_activity_is_long_over(event):
    asked = make_request(event, code="0101", phone="+84912345678", reason="Muốn học")
    with time_machine.travel(DAY_AFTER, tick=True):
        tidy_requests()
    kept = everything_typed(asked)
    with time_machine.travel("2026-09-08T03:00:00Z", tick=True):
        tidy_requests()
    not_yet = asked.erased_at

    with time_machine.travel("2026-09-10T03:00:00Z", tick=True):
        tidy_requests()

    assert LONG_OVER.days == 90
    assert [value is None for value in kept] == [False] * 6 + [True]
    assert not_yet is None
    assert everything_typed(asked) == [None] * 7
    assert (asked.people, asked.state) == (2, RequestState.LAPSED)
    assert asked.erased_at is not None


def test_a_request_is_found_by_its_contact_and_forgotten_at_once(programme, event):
    asked = make_request(event, phone="+84912345678")
    make_request(event, email="other@coop.example")
    other = make_other_programme(programme)

    by_mail = queries.list_of_contact(programme.id, email="hoa@coop.example")
    by_phone = queries.list_of_contact(programme.id, phone="+84912345678")
    elsewhere = queries.list_of_contact(other.id, email="hoa@coop.example")
    nobody = queries.list_of_contact(programme.id)
    service.erase(asked)
    service.erase(asked)

    assert (by_mail, by_phone, elsewhere, nobody) == ([asked], [asked], [], [])
    assert everything_typed(asked) == [None] * 7
    assert asked.state is RequestState.DECLINED
    assert queries.list_of_contact(programme.id, email="hoa@coop.example") == []


def test_the_audit_holds_nothing_that_was_typed(event):
    asked = make_request(event, code="0101", phone="+84912345678", reason="Muốn học")
    service.erase(asked)
    db.session.commit()

    acts = db.session.scalars(
        select(AuditEntry.act)
        .where(AuditEntry.subject_kind == "place_request")
        .order_by(AuditEntry.id)
    ).all()
    values = db.session.scalars(
        select(AuditValue.after)
        .join(AuditEntry, AuditEntry.id == AuditValue.entry_id)
        .where(AuditEntry.subject_kind == "place_request")
    ).all()
    assert acts == ["place.requested", "place.request_erased"]
    assert values == ["2"]


def test_an_invited_organisation_may_ask_like_any_other(programme, event):
    organisation = make_organisation(programme, name="HTX Rau An", email="hoa@coop.example")
    make_invitation(event, organisation)

    placing.ask_for_place(
        event,
        Asked("HTX Rau An", "Hoa", 1, uuid4(), email="hoa@coop.example", agreed=AGREED),
        "vi",
    )

    assert queries.count_waiting(event) == 1
    assert [mail.template for mail in mails()] == ["request_received"]


AGREED = frozenset({RequestPurpose.THIS_ACTIVITY})
