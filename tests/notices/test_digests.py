"""One mail a user a day, at the beginning of the working day, and none without news."""

import threading
from datetime import date, datetime

import pytest
import time_machine
from sqlalchemy import select

from coopevents import clock
from coopevents.accounts.models import Membership, Role
from coopevents.config import LOCALES
from coopevents.db import db
from coopevents.mail.models import Message, MessageState
from coopevents.mail.rendering import render
from coopevents.notices import digests, queries, service
from coopevents.notices.models import NoticeDigest, NoticeKind
from coopevents.notices.words import Place
from coopevents.programme.models import Programme
from coopevents.workdays import service as workdays
from coopevents.workdays.models import DayKind
from coopevents.workdays.service import DayPlan
from tests.notices.making import make_user, tell
from workers.mail import deliver_messages
from workers.notices import send_digests

WEDNESDAY = date(2026, 5, 6)


def _at(hour: int, minute: int = 0, day: date = WEDNESDAY) -> datetime:
    return clock.at_local(day, hour, minute)


@pytest.fixture
def time():
    """The clock, at the end of a Tuesday."""
    with time_machine.travel(_at(16, day=date(2026, 5, 5)), tick=True) as traveller:
        yield traveller


@pytest.fixture
def user(time, programme):
    return make_user(programme, "hoa")


def _mails() -> list[Message]:
    return list(
        db.session.scalars(select(Message).where(Message.template == "digest").order_by(Message.id))
    )


def _lines(message: Message) -> list[str]:
    return [line["text"] for line in message.context["lines"]]


def test_what_was_not_read_is_mailed_when_the_day_begins(user, programme, time, english):
    user.locale = "en"
    tell(programme)
    tell(programme)
    tell(programme, NoticeKind.DECLINED)

    time.move_to(_at(8))
    send_digests()

    (mail,) = _mails()
    assert (mail.address, mail.recipient_name, mail.locale) == (user.email, "Hoa", "en")
    assert mail.programme_id == programme.id
    assert _lines(mail) == [
        "Tập huấn quản trị: 1 answer, declined",
        "Tập huấn quản trị: 2 answers, accepted",
    ]
    assert mail.context["lines"][0]["address"] == "http://localhost/events/7/invitations/"
    assert mail.not_after == _at(0, day=date(2026, 5, 7))


def test_ringing_all_day_mails_once(user, programme, time):
    tell(programme)

    for hour in (8, 9, 14):
        time.move_to(_at(hour))
        send_digests()
        tell(programme)

    assert len(_mails()) == 1


def test_no_mail_without_news_and_none_later_that_day(user, programme, time):
    time.move_to(_at(8))
    send_digests()
    tell(programme)

    time.move_to(_at(9))
    send_digests()

    assert _mails() == []
    assert db.session.scalars(select(NoticeDigest.told)).all() == [0]


@pytest.mark.parametrize(
    ("moment", "is_due"),
    [
        (_at(7, 0), False),
        (_at(7, 30), True),
        (_at(16, 59), True),
        (_at(17, 0), False),
        (_at(9, day=date(2026, 5, 9)), False),
    ],
)
def test_the_mail_leaves_while_the_office_is_open(user, programme, time, moment, is_due):
    tell(programme)

    time.move_to(moment)
    send_digests()

    assert len(_mails()) == is_due


def test_no_mail_on_a_holiday_and_one_on_a_saturday_that_is_worked(user, programme, time):
    name = {"vi": "Nghỉ", "en": "Off", "ar": "عطلة"}
    workdays.name_days(DayPlan(WEDNESDAY, DayKind.HOLIDAY, name))
    workdays.name_days(DayPlan(date(2026, 5, 9), DayKind.WORKING, name))

    found = [digests.day_due(_at(9, day=day)) for day in (WEDNESDAY, date(2026, 5, 9))]

    assert found == [None, date(2026, 5, 9)]


def test_what_was_read_is_not_mailed(user, programme, time):
    tell(programme)
    (line,) = queries.list_unread(user.id, programme.id, 10)
    service.mark_read(user.id, [(line.id, 1)])

    time.move_to(_at(8))
    send_digests()

    assert _mails() == []


def test_the_next_mail_tells_only_what_came_since(user, programme, time, english):
    user.locale = "en"
    tell(programme)
    tell(programme, NoticeKind.DECLINED)
    time.move_to(_at(8))
    send_digests()
    tell(programme)
    tell(programme)

    time.move_to(_at(8, day=date(2026, 5, 7)))
    send_digests()

    assert _lines(_mails()[1]) == ["Tập huấn quản trị: 2 answers, accepted"]
    assert queries.count_unread(user.id, programme.id) == 2


def test_what_is_heard_in_the_mail_alone_is_read_by_it(user, programme, time):
    mail_only = Place(in_application=False, in_digest=True)
    service.choose(user.id, {NoticeKind.ACCEPTED: mail_only})
    tell(programme)
    time.move_to(_at(8))
    send_digests()
    tell(programme)

    time.move_to(_at(8, day=date(2026, 5, 7)))
    send_digests()

    assert len(_mails()) == 2
    assert db.session.scalars(select(NoticeDigest.told).order_by(NoticeDigest.id)).all() == [1, 1]


def test_what_is_heard_in_the_application_alone_is_not_mailed(user, programme, time):
    application = Place(in_application=True, in_digest=False)
    service.choose(user.id, {NoticeKind.ACCEPTED: application})
    tell(programme)

    time.move_to(_at(8))
    send_digests()

    assert _mails() == []
    assert queries.count_unread(user.id, programme.id) == 1


@pytest.mark.parametrize("loss", ["signs in no more", "plans no more", "is no member any more"])
def test_nobody_is_mailed_what_she_may_not_see_any_more(user, programme, time, loss):
    tell(programme)
    member = db.session.scalars(select(Membership).where(Membership.user_id == user.id)).one()
    if loss == "signs in no more":
        user.active = False
    elif loss == "plans no more":
        member.role = Role.VIEWER
    else:
        db.session.delete(member)
    db.session.flush()

    time.move_to(_at(8))
    send_digests()

    assert _mails() == []


def test_a_long_list_is_cut_and_counted(user, programme, time, monkeypatch):
    monkeypatch.setattr(digests, "MOST", 2)
    for kind in (NoticeKind.ACCEPTED, NoticeKind.DECLINED, NoticeKind.RETURNED):
        tell(programme, kind)

    time.move_to(_at(8))
    send_digests()

    (mail,) = _mails()
    assert (len(mail.context["lines"]), mail.context["more"]) == (2, 1)
    time.move_to(_at(8, day=date(2026, 5, 7)))
    send_digests()
    assert len(_mails()) == 1


@pytest.mark.parametrize("locale", LOCALES)
def test_the_mail_is_sent_and_reads_in_the_users_language(user, programme, time, smtp, locale):
    user.locale = locale
    tell(programme)

    time.move_to(_at(8))
    send_digests()
    (mail,) = _mails()
    shown = render(mail, clock.now())
    deliver_messages()
    db.session.refresh(mail)

    assert mail.state is MessageState.SENT
    assert [one.recipient for one in smtp.accepted] == [user.email]
    assert f'lang="{locale}"' in shown.html
    for text in (shown.body, shown.html):
        assert "Tập huấn quản trị" in text
        assert "http://localhost/events/7/invitations/" in text
        assert "http://localhost/notices/choices" in text


def test_two_beats_at_once_mail_once(own_app):
    programme = db.session.scalars(select(Programme)).one()
    users = [make_user(programme, name).id for name in ("a", "b", "c")]
    tell(programme)
    db.session.commit()
    start = threading.Barrier(4)

    def beat() -> None:
        with own_app.app_context():
            start.wait()
            for user_id in users:
                digests.send(user_id, WEDNESDAY)
                db.session.commit()

    beats = [threading.Thread(target=beat) for _each in range(4)]
    for each in beats:
        each.start()
    for each in beats:
        each.join()

    keys = db.session.scalars(select(Message.dedupe_key).order_by(Message.id)).all()
    assert sorted(keys) == [f"digest:{user_id}:2026-05-06" for user_id in users]
