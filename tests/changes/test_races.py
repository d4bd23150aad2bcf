"""A change beside workers, servers and other officers: nothing twice, nothing old, nothing lost."""

from datetime import date, timedelta
from uuid import UUID

import pytest
import time_machine
from sqlalchemy import func, select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.changes import service, views
from coopevents.changes.foreseeing import foresee
from coopevents.changes.models import ChangeKind, EventChange
from coopevents.db import db
from coopevents.errors import DomainError
from coopevents.events import service as event_service
from coopevents.events.effects import Cancellation, PlaceChange, Postponement, SessionCancellation
from coopevents.events.models import SessionState
from coopevents.invitations import queries as invitations
from coopevents.lifecycle import changing
from coopevents.mail import service as mail
from coopevents.mail.models import Message, MessageState
from coopevents.mail.outcomes import Outcome, Result
from tests.browsing import fill_in, hidden, signed_in
from tests.changes.test_mails_on_their_way import (
    FIRST,
    LATER,
    NOW,
    SECOND,
    asked,
    calendar,
    carry_out,
    delivered,
    event,
    invite,
    moved,
    postponed,
    recipients,
    spring,
    text,
)
from tests.event_factories import make_entry, make_registration, sessions_of
from tests.factories import find_commune, make_organisation, make_person
from tests.mail.drafts import age
from workers.mail import sweep_mail

__all__ = ["asked", "event", "spring"]

LATER_ON = Outcome(Result.LATER, "451 greylisted")


def english_officer(client, programme):
    signed_in(client, programme, Role.OFFICER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    return client


@pytest.fixture
def staff(client, programme):
    return english_officer(client, programme)


def in_hand(programme, event):
    """Answer the first invitation, in the hands of the server."""
    invite(event, make_organisation(programme, name="HTX An", email="an@coop.example"))
    db.session.commit()
    (message,) = mail.lease("a worker", 5)
    assert mail.begin_hand_over(message)
    db.session.commit()
    return message


def state_of(message) -> MessageState:
    db.session.expire_all()
    return db.session.get(Message, message.id).state


def test_an_invitation_the_server_puts_off_does_not_follow_with_the_old_day(programme, event, smtp):
    message = in_hand(programme, event)

    carry_out(event, postponed(event))
    mail.record(message, LATER_ON)
    with time_machine.travel(NOW + timedelta(hours=3), tick=True):
        mails = delivered(smtp)
        sweep_mail()
        mails += delivered(smtp)

    assert recipients(mails) == ["an@coop.example"]
    assert "09/06/2026" in text(mails[0])
    assert state_of(message) is MessageState.CANCELLED


@pytest.mark.usefixtures("english", "smtp")
def test_nobody_can_send_an_uncertain_invitation_again_with_the_old_day(programme, event):
    message = in_hand(programme, event)
    mail.record(message, Outcome(Result.UNKNOWN, "the line broke"))
    carry_out(event, postponed(event))
    kept = db.session.get(Message, message.id)

    with pytest.raises(DomainError, match="does not hold any more"):
        mail.decide_uncertain(kept, resend=True)
    mail.decide_uncertain(kept, resend=False)

    assert state_of(message) is MessageState.SENT


@pytest.mark.usefixtures("asked")
def test_a_notice_whose_worker_was_killed_before_it_began_is_sent_once(event, smtp):
    carry_out(event, postponed(event))
    (notice,) = mail.lease("a worker that dies", 5)
    age(seconds=3600)
    while_leased = delivered(smtp)

    sweep_mail()
    mails = delivered(smtp) + delivered(smtp)

    assert while_leased == []
    assert recipients(mails) == ["an@coop.example"]
    assert mail.begin_hand_over(notice) is False


@pytest.mark.usefixtures("asked")
def test_a_notice_whose_worker_was_killed_in_the_middle_is_sent_once_more_as_the_same(event, smtp):
    carry_out(event, postponed(event))
    (notice,) = mail.lease("a worker that dies", 5)
    mail.begin_hand_over(notice)
    age(seconds=3600)

    sweep_mail()
    mails = delivered(smtp) + delivered(smtp)

    assert [one.message_id for one in mails] == [notice.message_id]
    assert mail.record(notice, LATER_ON) is None


def test_a_notice_does_not_leave_after_the_last_day_it_is_about(event, asked, smtp):
    carry_out(event, SessionCancellation("Bão", sessions_of(event)[0].id))

    with time_machine.travel(NOW.replace(month=5, day=13, hour=8), tick=True):
        late = delivered(smtp)

    assert late == []


def test_a_held_notice_of_one_session_outlives_the_change_of_another(event, asked, smtp):
    first, second = sessions_of(event)
    carry_out(event, moved(first, LATER))

    carry_out(event, SessionCancellation("Hội trường hỏng", second.id))

    mails = delivered(smtp)
    told = sorted(calendar(one) for one in mails)
    uid = f"{invitations.list_invited(event)[0].invitation.calendar_uid}"
    assert told == [
        ("CANCEL", [(f"{uid}-{second.id}", 2, SECOND)]),
        ("REQUEST", [(f"{uid}-{first.id}", 2, LATER)]),
    ]


def test_the_place_of_a_postponed_activity_is_told_with_its_new_days(event, asked, smtp):
    carry_out(event, Postponement("Bão số 5"))

    shown = carry_out(event, PlaceChange("Hội trường hỏng", "Nhà văn hóa"))
    first = delivered(smtp)
    carry_out(event, postponed(event))
    second = delivered(smtp)

    assert (shown.by_mail, shown.by_hand, shown.withdrawn) == ((), (), ())
    assert [calendar(one)[0] for one in first] == ["CANCEL"]
    assert ["Nhà văn hóa" in text(one) for one in second] == [True]


@pytest.mark.usefixtures("english")
def test_a_session_of_a_postponed_activity_is_not_cancelled_alone(event):
    carry_out(event, Postponement("Bão số 5"))

    with pytest.raises(DomainError, match="postponed"):
        foresee(event, SessionCancellation("Bão", sessions_of(event)[0].id))


def test_a_new_commune_under_the_same_name_is_shown(programme, event):
    commune = find_commune(programme)

    shown = foresee(event, PlaceChange("Đổi xã", event.place, commune.id))

    assert shown.place == (event.place, f"{event.place}, {commune.name}")


def test_two_sendings_of_one_form_at_the_same_moment_are_one_act(staff, event, monkeypatch):
    path = f"/events/{event.id}/changes/cancel"
    page = fill_in(staff, path, reason="Bão").text
    lock, waiting = event_service.lock, ["the other sending"]

    def lock_after_the_other(one):
        if waiting:
            waiting.clear()
            change = Cancellation("Bão")
            shown = service.confirmed(one, change, None)
            number = UUID(hidden(page, "submission"))
            changing.change_event(one, change, shown, number, "vi")
            db.session.commit()
        lock(one)

    monkeypatch.setattr(views.event_service, "lock", lock_after_the_other)
    answer = fill_in(staff, path, page, step="confirm")

    (change,) = db.session.scalars(select(EventChange))
    assert (answer.status_code, change.kind) == (303, ChangeKind.CANCELLED)
    assert answer.location == f"/events/{event.id}/changes/{change.id}/"


def test_who_came_meanwhile_has_closing_shown_again(client, programme, event):
    for session in sessions_of(event):
        session.state = SessionState.HELD
    path = f"/events/{event.id}/changes/close"
    with time_machine.travel(NOW.replace(month=5, day=14), tick=True):
        staff = english_officer(client, programme)
        page = staff.get(path).text
        registration = make_registration(event, make_person(programme))
        for session in sessions_of(event):
            make_entry(session, registration)

        stale = fill_in(staff, path, page)
        closed = fill_in(staff, path, stale.text)

    assert (stale.status_code, closed.status_code) == (409, 303)
    assert "Somebody changed this activity since you opened the page." in stale.text
    assert db.session.scalar(select(func.count(EventChange.id))) == 1
    assert clock.local(NOW).date() < FIRST < date(2026, 5, 14)
