"""What happens in the rooms reaches the officers whom it concerns."""

from datetime import date
from uuid import uuid4

import pytest
import time_machine
from sqlalchemy import select

from coopevents import news
from coopevents.audiences import audience
from coopevents.audiences.audience import Audience
from coopevents.db import db
from coopevents.delegates.naming import NamedDelegate
from coopevents.directory.models import Channel, Sex
from coopevents.invitations.queries import list_invited
from coopevents.lifecycle import inviting, replying
from coopevents.mail import service as mail
from coopevents.mail.models import BatchState, Message, MessageState
from coopevents.notices import words
from coopevents.notices.models import About, Notice, NoticeKind
from tests.event_factories import make_event
from tests.factories import make_organisation
from tests.mail.drafts import age, queue_round
from tests.notices.making import make_user
from workers.mail import deliver_messages, sweep_mail

SESSIONS = [(date(2026, 6, 10), "07:30", "11:00")]


@pytest.fixture(autouse=True)
def before_the_event():
    with time_machine.travel("2026-05-04T03:00:00Z", tick=True):
        yield


@pytest.fixture
def officers(programme):
    """The contact person of the activity, and another who may plan."""
    return make_user(programme, "contact"), make_user(programme, "other")


@pytest.fixture
def event(programme, officers):
    for number in range(20):
        make_organisation(programme, name=f"HTX {number:02}", email=f"m{number}@coop.example")
    made = make_event(programme, title="Tập huấn", sessions=SESSIONS)
    made.contact_email = officers[0].email
    db.session.flush()
    return made


@pytest.fixture
def opened(event):
    """A round to twenty cooperatives, which may leave at any hour."""
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=2)
    round_ = inviting.invite(event, shown, "vi")
    round_.batch.window = "always"
    db.session.flush()
    return round_


def _told(user) -> list[tuple[NoticeKind, About, int, int]]:
    db.session.expire_all()
    found = db.session.scalars(
        select(Notice).where(Notice.user_id == user.id).order_by(Notice.id)
    ).all()
    return [(one.kind, one.about_kind, one.about_id, one.number) for one in found]


def _delegate() -> NamedDelegate:
    return NamedDelegate("Nguyễn Thị Hoa", Sex.FEMALE, "director")


def test_whoever_asks_to_be_called_is_told_of_once(event, opened, officers):
    invitation = list_invited(event)[0].invitation
    twice = uuid4()

    for _sent_twice in range(2):
        replying.ask_for_a_call(invitation, "Sau 14 giờ", twice, Channel.EMAIL)

    assert _told(officers[0]) == [(NoticeKind.CALL_BACK, About.EVENT, event.id, 1)]


def test_answers_reach_the_contact_person_of_the_activity(event, opened, officers):
    first, second, third, *_rest = (one.invitation for one in list_invited(event))
    twice = uuid4()

    for invitation in (first, second):
        replying.accept_invitation(invitation, [_delegate()], uuid4(), Channel.EMAIL, "vi")
    for _sent_twice in range(2):
        replying.decline_invitation(third, "Bận", twice, Channel.EMAIL, "vi")

    contact, other = officers
    assert _told(contact) == [
        (NoticeKind.ACCEPTED, About.EVENT, event.id, 2),
        (NoticeKind.DECLINED, About.EVENT, event.id, 1),
    ]
    assert _told(other) == []


def test_the_same_delegates_confirmed_again_are_an_answer_too(event, opened, officers):
    invitation = list_invited(event)[0].invitation
    replying.accept_invitation(invitation, [_delegate()], uuid4(), Channel.EMAIL, "vi")

    replying.confirm_again(invitation, uuid4(), Channel.EMAIL, "vi")

    assert _told(officers[0]) == [(NoticeKind.ACCEPTED, About.EVENT, event.id, 2)]


def test_a_round_that_pauses_itself_is_told_to_everybody_once(event, opened, officers, smtp):
    smtp.answer = "451 come back"

    deliver_messages()
    deliver_messages()

    assert opened.batch.state is BatchState.PAUSED
    expected = [(NoticeKind.ROUND_PAUSED, About.ROUND, opened.id, 1)]
    assert [_told(user) for user in officers] == [expected] * 2


def test_a_round_that_pauses_again_is_told_again(event, opened, officers, smtp):
    smtp.answer = "451 come back"
    deliver_messages()

    mail.resume_batch(opened.batch)
    deliver_messages()

    assert _told(officers[1]) == [(NoticeKind.ROUND_PAUSED, About.ROUND, opened.id, 2)]


def test_a_round_the_server_takes_nothing_of_is_told_of_as_such(
    event, opened, officers, smtp, english
):
    smtp.answer = "554 5.7.1 relay access denied"

    deliver_messages()

    expected = [(NoticeKind.ROUND_PAUSED, About.ROUND, opened.id, 1)]
    assert [_told(user) for user in officers] == [expected] * 2
    (notice,) = db.session.scalars(select(Notice).where(Notice.user_id == officers[0].id))
    assert words.sentence(notice, 1) == (
        f"{event.title}: the sending has paused, the mail server takes nothing from us"
    )


def test_mails_that_are_refused_are_counted_in_one_line(event, opened, officers, smtp):
    smtp.refuse = {f"m{number}@coop.example": "550 no such user" for number in (3, 15)}

    deliver_messages()

    contact, other = officers
    assert _told(contact) == [(NoticeKind.RETURNED, About.ROUND, opened.id, 2)]
    assert _told(other) == []


def test_a_confirmation_that_is_refused_is_told_of_its_activity(event, opened, officers, smtp):
    deliver_messages()
    smtp.refuse = {"m0@coop.example": "550 no such user"}
    invitation = list_invited(event)[0].invitation
    replying.accept_invitation(invitation, [_delegate()], uuid4(), Channel.EMAIL, "vi")

    deliver_messages()

    assert (NoticeKind.RETURNED, About.EVENT, event.id, 1) in _told(officers[0])


def test_messages_a_dead_worker_leaves_uncertain_are_told_to_everybody(opened, officers):
    for message in mail.lease("dead", 2):
        assert mail.begin_hand_over(message)
    age(3600)

    sweep_mail()
    sweep_mail()

    expected = [(NoticeKind.ROUND_UNCERTAIN, About.ROUND, opened.id, 2)]
    assert [_told(user) for user in officers] == [expected] * 2


def test_a_line_that_drops_leaves_a_decision_to_everybody(opened, officers, smtp):
    smtp.drops = True
    db.session.execute(
        Message.__table__.update().values(state=MessageState.CANCELLED).where(Message.id % 20 != 0)
    )
    (left,) = db.session.scalars(select(Message).where(Message.state == MessageState.QUEUED)).all()

    deliver_messages()

    db.session.refresh(left)
    assert left.state is MessageState.UNCERTAIN
    expected = [(NoticeKind.ROUND_UNCERTAIN, About.ROUND, opened.id, 1)]
    assert [_told(user) for user in officers] == [expected] * 2


def test_what_is_rolled_back_is_told_to_nobody(opened, officers):
    invitation = list_invited(opened.event)[0].invitation
    db.session.commit()
    replying.decline_invitation(invitation, "x", uuid4(), Channel.EMAIL, "vi")

    db.session.rollback()

    assert db.session.scalars(select(Notice)).all() == []


def test_mails_that_come_back_later_are_told_of_their_round_or_activity(event, opened, officers):
    invitation = list_invited(event)[0].invitation
    replying.accept_invitation(invitation, [_delegate()], uuid4(), Channel.EMAIL, "vi")
    of_round, confirmation = (
        db.session.scalars(select(Message).where(Message.template == template).limit(1)).one()
        for template in ("invitation", "registration_confirmed")
    )

    for message in (of_round, of_round, confirmation):
        news.tell_returned(message)

    contact, other = officers
    assert _told(contact)[1:] == [
        (NoticeKind.RETURNED, About.ROUND, opened.id, 2),
        (NoticeKind.RETURNED, About.EVENT, event.id, 1),
    ]
    assert _told(other) == []


def test_a_missed_reminder_is_told_to_everybody(event, officers):
    news.tell_missed_reminder(event)

    expected = [(NoticeKind.REMINDER_MISSED, About.EVENT, event.id, 1)]
    assert [_told(user) for user in officers] == [expected] * 2


def test_a_batch_that_is_no_round_pauses_without_a_word(app, officers, smtp):
    smtp.answer = "451 come back"
    queue_round(20)

    deliver_messages()

    assert _told(officers[0]) == []
