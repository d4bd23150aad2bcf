"""A change meets mails that wait, that a worker holds, that were read: nobody gets an old day."""

from datetime import date, datetime, time, timedelta
from uuid import uuid4

import icalendar
import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.choice import Audience
from coopevents.changes import service
from coopevents.changes.consequences import Consequences, Why
from coopevents.changes.foreseeing import foresee
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, PostKind, Sex
from coopevents.events import service as event_service
from coopevents.events.effects import (
    Cancellation,
    Change,
    NewTime,
    PlaceChange,
    Postponement,
    SessionCancellation,
    SessionMove,
)
from coopevents.events.models import AgendaItem, Event, EventState, SessionState
from coopevents.i18n import _, force_locale
from coopevents.invitations import service as invitations
from coopevents.invitations.models import (
    Answer,
    Invitation,
    InvitationAnswer,
    InvitationRound,
    InvitationState,
)
from coopevents.lifecycle import changing, inviting, replying
from coopevents.mail import service as mail
from coopevents.registrations.models import Registration, RegistrationState
from tests.browsing import hidden, signed_in
from tests.event_factories import make_event, sessions_of
from tests.factories import make_contact_point, make_organisation
from tests.smtp import Accepted
from workers.mail import deliver_messages

NOW = datetime(2026, 4, 1, 9, tzinfo=clock.LOCAL_ZONE)
FIRST, SECOND = date(2026, 5, 12), date(2026, 5, 13)
LATER = date(2026, 5, 20)


@pytest.fixture(autouse=True)
def spring():
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def event(programme) -> Event:
    return make_event(
        programme, sessions=[(FIRST, "07:30", "11:00"), (SECOND, "07:30", "11:00")], capacity=10
    )


@pytest.fixture
def asked(programme, event, smtp):
    """A cooperative that has read its invitation."""
    organisation = make_organisation(programme, name="HTX An", email="an@coop.example")
    invite(event, organisation)
    delivered(smtp)
    return organisation


def invite(event: Event, *organisations) -> InvitationRound:
    ids = tuple(organisation.id for organisation in organisations)
    shown = audience.preview(event, Audience(organisation_ids=ids), seats=2)
    return inviting.invite(event, shown, "vi")


def invitation_of(organisation) -> Invitation:
    return db.session.scalars(
        select(Invitation).where(Invitation.organisation_id == organisation.id)
    ).one()


def accept(organisation, *, email: str | None = None, name: str = "Nguyễn Thị Hoa") -> None:
    delegate = NamedDelegate(name, Sex.FEMALE, PostKind.DIRECTOR, email)
    replying.accept_invitation(
        invitation_of(organisation), [delegate], uuid4(), Channel.EMAIL, "vi"
    )


def carry_out(event: Event, change: Change) -> Consequences:
    event_service.lock(event)
    shown = service.confirmed(event, change, None)
    changing.change_event(event, change, shown, uuid4(), "vi")
    db.session.commit()
    return shown


def postponed(event: Event, days: int = 28) -> Postponement:
    planned = [s for s in sessions_of(event) if s.state is SessionState.PLANNED]
    return Postponement(
        "Bão số 5",
        tuple(
            NewTime(s.id, s.held_on + timedelta(days=days), s.starts_at, s.ends_at) for s in planned
        ),
    )


def moved(session, day: date) -> SessionMove:
    return SessionMove("Bão số 5", NewTime(session.id, day, time(8), time(11)))


def delivered(smtp) -> list[Accepted]:
    """Have the worker send; answer what arrived, by recipient."""
    before = len(smtp.accepted)
    db.session.commit()
    deliver_messages()
    db.session.expire_all()
    return sorted(smtp.accepted[before:], key=lambda one: one.recipient)


def recipients(mails: list[Accepted]) -> list[str]:
    return [one.recipient for one in mails]


def text(one: Accepted) -> str:
    parts = [part for part in one.mail.walk() if part.get_content_type() == "text/plain"]
    return parts[0].get_payload(decode=True).decode()


def calendar(one: Accepted) -> tuple[str, list[tuple[str, int, date]]]:
    """Answer METHOD and, for each entry, its UID, SEQUENCE and day."""
    parts = [part for part in one.mail.walk() if part.get_content_type() == "text/calendar"]
    file = icalendar.Calendar.from_ical(parts[0].get_payload(decode=True))
    entries = file.walk("VEVENT")
    told = [(str(e["UID"]), int(e["SEQUENCE"]), e["DTSTART"].dt.date()) for e in entries]
    return str(file["METHOD"]), told


def path_of(organisation) -> str:
    link = invitations.new_link(invitation_of(organisation))
    return link.removeprefix("http://localhost")


@pytest.mark.case(14)
def test_without_a_new_day_it_waits_and_then_goes_on_under_the_same_numbers(
    client, programme, event, asked, smtp
):
    waiting = make_organisation(programme, name="HTX Bình", email="binh@coop.example")
    invite(event, waiting).batch.hold_until = clock.now() + timedelta(hours=1)
    path = path_of(asked)

    undated = carry_out(event, Postponement("Bão số 5"))
    (told_first,) = delivered(smtp)
    page, file = client.get(f"{path}?lang=en"), client.get(f"{path}/calendar.ics")
    dated = carry_out(event, postponed(event))
    told_then, invited_then = delivered(smtp)

    assert ([m.address for m in undated.by_mail], undated.stopped) == (
        ["an@coop.example"],
        ("HTX Bình",),
    )
    assert ([m.address for m in dated.by_mail], [f.address for f in dated.first]) == (
        ["an@coop.example"],
        ["binh@coop.example"],
    )
    uids = [uid for uid, _sequence, _day in calendar(told_first)[1]]
    assert calendar(told_first) == ("CANCEL", [(uids[0], 1, FIRST), (uids[1], 1, SECOND)])
    assert calendar(told_then) == (
        "REQUEST",
        [(uids[0], 2, date(2026, 6, 9)), (uids[1], 2, date(2026, 6, 10))],
    )
    assert "This activity is postponed." in page.text
    assert file.status_code == 404
    assert ("09/06/2026" in text(invited_then), "12/05/2026" in text(invited_then)) == (True, False)
    assert event.state is EventState.PUBLISHED


def test_calendars_know_an_activity_postponed_and_then_cancelled_by_one_number(event, asked, smtp):
    carry_out(event, postponed(event))
    (postponement,) = delivered(smtp)
    carry_out(event, Cancellation("Bão số 4"))
    (cancellation,) = delivered(smtp)

    first, second = calendar(postponement), calendar(cancellation)
    assert (first[0], second[0]) == ("REQUEST", "CANCEL")
    assert [uid for uid, _sequence, _day in first[1]] == [uid for uid, *_rest in second[1]]
    assert [entry[1] for entry in first[1]] == [1, 1]
    assert [entry[1:] for entry in second[1]] == [(2, date(2026, 6, 9)), (2, date(2026, 6, 10))]


@pytest.mark.case(14)
def test_one_button_keeps_the_same_delegates_and_the_old_answer_stays(client, event, asked, smtp):
    accept(asked)
    delivered(smtp)
    carry_out(event, postponed(event))
    delivered(smtp)
    path = path_of(asked)
    page = client.get(f"{path}?lang=en").text
    fields = {name: hidden(page, name) for name in ("csrf_token", "submission")}

    statuses = [client.post(f"{path}/confirm", data=fields).status_code for _ in range(2)]

    answers = db.session.scalars(select(InvitationAnswer).order_by(InvitationAnswer.id)).all()
    assert statuses == [303, 303]
    assert [a.answer for a in answers] == [Answer.ACCEPTED, Answer.TO_CONFIRM, Answer.ACCEPTED]
    assert invitation_of(asked).state is InvitationState.ACCEPTED
    assert db.session.scalars(select(Registration.state)).all() == [RegistrationState.CONFIRMED]
    assert "Your answer has arrived." in client.get(f"{path}?lang=en").text
    assert recipients(delivered(smtp)) == ["an@coop.example"]


def test_the_list_of_invitations_shows_the_last_answer_as_one_to_the_old_days(
    client, programme, event, asked, smtp
):
    event.kind.questions = [{"key": "bus", "text": {"vi": "Xe?", "en": "Bus?", "ar": "؟"}}]
    replying.accept_invitation(
        invitation_of(asked),
        [NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, PostKind.DIRECTOR)],
        uuid4(),
        Channel.EMAIL,
        "vi",
        replies={"bus": "Hai chỗ"},
    )
    signed_in(client, programme, Role.VIEWER)
    with client.session_transaction() as session:
        session["locale"] = "en"
    path = f"/events/{event.id}/invitations/"
    before = client.get(path).text

    carry_out(event, postponed(event))

    after = client.get(path).text
    assert [("Hai chỗ" in page, "for the old days" in page) for page in (before, after)] == [
        (True, False),
        (True, True),
    ]
    assert "For the old days, on" in after
    assert ">Accepted</span>" in after.partition("For the old days, on")[2]


@pytest.mark.case(14)
def test_whoever_declined_the_old_day_is_told_of_the_new_one_only(client, event, asked, smtp):
    replying.decline_invitation(invitation_of(asked), "Bận", uuid4(), Channel.EMAIL, "vi")
    delivered(smtp)

    session_gone = foresee(event, SessionCancellation("Bão", sessions_of(event)[0].id))
    carry_out(event, postponed(event))

    assert session_gone.by_mail == ()
    assert recipients(delivered(smtp)) == ["an@coop.example"]
    assert invitation_of(asked).state is InvitationState.PENDING
    assert "For the earlier days you had answered" in client.get(f"{path_of(asked)}?lang=en").text


@pytest.mark.case(14)
def test_a_delegate_who_was_told_at_her_own_address_is_told_there(event, asked, smtp):
    accept(asked, email="hoa@coop.example")
    delivered(smtp)

    shown = carry_out(event, postponed(event))

    mails = delivered(smtp)
    assert recipients(mails) == ["an@coop.example", "hoa@coop.example"]
    assert sorted(one.address for one in shown.by_mail) == recipients(mails)


def test_a_notice_still_held_tells_the_next_change_too_and_is_not_doubled(event, asked, smtp):
    carry_out(event, postponed(event))
    second = [s for s in sessions_of(event) if s.state is SessionState.PLANNED][1]

    shown = carry_out(event, SessionCancellation("Hội trường hỏng", second.id))

    (notice,) = delivered(smtp)
    method, entries = calendar(notice)
    assert shown.by_mail == ()
    assert ("09/06/2026" in text(notice), "10/06/2026" in text(notice)) == (True, False)
    assert (method, [entry[1:] for entry in entries]) == ("REQUEST", [(2, date(2026, 6, 9))])


def test_a_session_moved_twice_before_anybody_was_told_is_told_once(event, asked, smtp):
    first = sessions_of(event)[0]
    carry_out(event, moved(first, date(2026, 5, 19)))
    (became,) = [s for s in sessions_of(event) if s.id == first.moved_to_id]

    carry_out(event, moved(became, LATER))

    (notice,) = delivered(smtp)
    uid = f"{invitation_of(asked).calendar_uid}-{first.id}"
    assert [entry for entry in calendar(notice)[1] if entry[0] == uid] == [(uid, 2, LATER)]


def test_a_confirmation_that_waits_leaves_with_the_new_day(event, asked, smtp):
    accept(asked)
    db.session.commit()

    shown = carry_out(event, moved(sessions_of(event)[0], LATER))

    days = [{day for _uid, _sequence, day in calendar(one)[1]} for one in delivered(smtp)]
    assert (len(shown.revised), days) == (1, [{LATER, SECOND}, {LATER, SECOND}])


def test_what_a_worker_has_claimed_does_not_leave_with_the_old_day(programme, event, smtp):
    invite(event, make_organisation(programme, email="an@coop.example"))
    db.session.commit()
    (leased,) = mail.lease("a worker", 5)

    carry_out(event, postponed(event))

    assert mail.begin_hand_over(leased) is False
    (invitation,) = delivered(smtp)
    assert ("09/06/2026" in text(invitation), "12/05/2026" in text(invitation)) == (True, False)


def test_a_cancellation_for_want_of_time_does_not_wait_for_office_hours(
    app, event, asked, smtp, monkeypatch
):
    monkeypatch.setitem(app.config, "MAIL_WINDOW", "07:30-17:00")

    with time_machine.travel(datetime(2026, 5, 4, 18, tzinfo=clock.LOCAL_ZONE)):
        early = foresee(event, Cancellation("Bão"))
    with time_machine.travel(datetime(2026, 5, 11, 18, tzinfo=clock.LOCAL_ZONE)):
        late = carry_out(event, Cancellation("Bão"))
        mails = delivered(smtp)

    assert (early.at_any_hour, late.at_any_hour) == (False, True)
    assert recipients(mails) == ["an@coop.example"]


@pytest.mark.parametrize("answered", [True, False])
def test_a_new_place_says_that_an_answer_stands_where_there_is_one(event, asked, smtp, answered):
    if answered:
        accept(asked)
        delivered(smtp)

    carry_out(event, PlaceChange("Hội trường hỏng", "Nhà văn hóa"))

    (told,) = delivered(smtp)
    with force_locale("vi"):
        stands = _("Your answer stands. If it does not fit any more, change it here:")
    assert (stands in text(told)) is answered


def test_cancelling_keeps_who_had_a_place_and_takes_no_more_answers(client, event, asked, smtp):
    accept(asked)
    delivered(smtp)
    path = path_of(asked)
    page = client.get(path).text
    fields = {name: hidden(page, name) for name in ("csrf_token", "submission")}

    carry_out(event, Cancellation("Bão số 5"))

    refused = client.post(f"{path}/decline", data=fields)
    assert refused.status_code == 409
    assert "Bão số 5" in client.get(f"{path}?lang=en").text
    assert invitation_of(asked).state is InvitationState.CANCELLED
    assert db.session.scalars(select(Registration.state)).all() == [RegistrationState.CONFIRMED]


def test_what_was_held_already_is_recorded_and_told_to_nobody(event, asked, smtp):
    session = sessions_of(event)[0]
    with time_machine.travel(datetime(2026, 5, 11, 18, tzinfo=clock.LOCAL_ZONE)):
        to = NewTime(session.id, date(2026, 5, 11), time(8), time(11))

        shown = carry_out(event, SessionMove("Đổi miệng", to, already_held=True))

        assert (shown.by_mail, delivered(smtp)) == ((), [])
    assert [s.state for s in sessions_of(event)] == [
        SessionState.HELD,
        SessionState.MOVED,
        SessionState.PLANNED,
    ]


def test_an_address_that_takes_no_more_is_for_the_phone(programme, event, smtp):
    organisation = make_organisation(programme, name="HTX An")
    point = make_contact_point(organisation, Channel.EMAIL, "an@coop.example")
    invite(event, organisation)
    delivered(smtp)
    point.held_at = clock.now()

    shown = carry_out(event, postponed(event))

    assert [(one.name, one.why) for one in shown.by_hand] == [("HTX An", Why.UNUSABLE)]
    assert delivered(smtp) == []


def test_an_invitation_the_server_refused_is_for_the_phone(programme, event, smtp):
    smtp.refuse["an@coop.example"] = "550 no such user"
    invite(event, make_organisation(programme, name="HTX An", email="an@coop.example"))
    delivered(smtp)

    shown = carry_out(event, postponed(event))

    assert [(one.name, one.why) for one in shown.by_hand] == [("HTX An", Why.NOT_ARRIVED)]


def test_whose_round_was_stopped_unread_is_told_nothing(programme, event, smtp):
    stopped = invite(event, make_organisation(programme, email="an@coop.example"))
    invitations.stop_round(stopped)

    shown = carry_out(event, postponed(event))

    assert (shown.by_mail, shown.by_hand, shown.first) == ((), (), ())
    assert delivered(smtp) == []


def test_after_a_stopped_notice_the_next_change_still_reaches_who_read_the_first_day(
    event, asked, smtp
):
    carry_out(event, postponed(event))
    latest = select(InvitationRound).order_by(InvitationRound.id.desc()).limit(1)
    invitations.stop_round(db.session.scalars(latest).one())

    carry_out(event, postponed(event, days=7))

    assert recipients(delivered(smtp)) == ["an@coop.example"]


def test_the_agenda_goes_with_its_session_at_the_same_distance_from_its_beginning(event):
    session = sessions_of(event)[0]
    for rank, (hour, topic) in enumerate([(time(8), "Sổ sách"), (time(10, 45), "Hỏi đáp")], 1):
        item = {"event_id": event.id, "session_id": session.id, "rank": rank}
        db.session.add(AgendaItem(**item, starts_at=hour, topic=topic))
    db.session.flush()

    to = NewTime(session.id, LATER, time(13), time(16))
    carry_out(event, SessionMove("Bão số 5", to))

    items = db.session.execute(
        select(AgendaItem.topic, AgendaItem.starts_at)
        .where(AgendaItem.session_id == session.moved_to_id)
        .order_by(AgendaItem.rank)
    )
    assert [tuple(row) for row in items] == [("Sổ sách", time(13, 30)), ("Hỏi đáp", None)]


CHANGES = {
    "postpone": postponed,
    "move": lambda event: moved(sessions_of(event)[0], LATER),
    "place": lambda _event: PlaceChange("Hội trường hỏng", "Nhà văn hóa"),
    "cancel a session": lambda event: SessionCancellation("Bão", sessions_of(event)[0].id),
    "cancel": lambda _event: Cancellation("Bão"),
}


@pytest.mark.parametrize("act", CHANGES)
def test_what_follows_is_asked_in_as_many_questions_for_three_as_for_one(
    programme, smtp, count_queries, act
):
    numbers = []
    for many in (1, 3):
        event = make_event(
            programme, sessions=[(FIRST, "07:30", "11:00"), (SECOND, "08:00", "09:00")]
        )
        invited = [
            make_organisation(programme, name=f"HTX {many} {n}", email=f"{many}-{n}@coop.example")
            for n in range(many)
        ]
        invite(event, *invited)
        delivered(smtp)
        for n, organisation in enumerate(invited):
            accept(organisation, email=f"d{many}-{n}@coop.example", name=f"Nguyễn Thị Hoa {n}")
        delivered(smtp)
        change = CHANGES[act](event)
        db.session.expire_all()
        with count_queries() as asked:
            foresee(event, change)
        numbers.append(asked.number)

    assert numbers[0] == numbers[1]
