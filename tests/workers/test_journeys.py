"""What a cooperative lives through, with a real worker, mail server and mailbox, link by link.

Nothing is called in this process but what a browser or an officer's program asks for: the mails
leave, come back and are read by a worker of its own.
"""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import icalendar
import pytest
from sqlalchemy import select, update

from coopevents import clock
from coopevents.accounts import service as accounts
from coopevents.accounts.models import Role
from coopevents.audiences import audience
from coopevents.audiences.audience import Exclusion
from coopevents.audiences.choice import Audience
from coopevents.db import db
from coopevents.jobs import Job
from coopevents.lifecycle import inviting
from coopevents.mail.models import Message
from coopevents.programme.queries import the_programme
from coopevents.registrations.models import Offer
from coopevents.reminders import service as reminders
from coopevents.reminders.models import Anchor
from tests.browsing import hidden
from tests.event_factories import MORNING, make_event, sessions_of
from tests.factories import make_organisation
from tests.imap import ImapServer
from tests.workers.processes import Worker, ring, wait_until

DAYS = 14
AN, BINH, CHI = (f"{name}@coop.example" for name in ("an", "binh", "chi"))
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def event(own_app):
    """An activity in two weeks, and three cooperatives to invite to it."""
    for address in (AN, BINH, CHI):
        make_organisation(the_programme(), name=f"HTX {address[:2]}", email=address)
    day = clock.today() + timedelta(days=DAYS)
    made = make_event(the_programme(), title="Tập huấn", sessions=[(day, *MORNING)])
    db.session.commit()
    return made


@pytest.fixture
def mailbox():
    """The mailbox mail comes back to."""
    with ImapServer() as server:
        yield server


@pytest.fixture
def worker(environ, mailbox, tmp_path):
    """A worker that sends at any hour, as told; it ends with the test."""
    told = {"MAIL_WINDOW": "always", "MAIL_HOLD_SECONDS": "0", "BOUNCE_MAILBOX": mailbox.url}
    running = Worker({**environ, **told}, tmp_path / "worker.log")
    yield running
    running.kill()


@pytest.fixture
def post(own_redis_url, smtp_server, worker):
    """Ring for a job and answer the mails that came of it, by address; as many as are expected."""

    def post(number, job=Job.DELIVER_MESSAGES):
        before = len(smtp_server.accepted)

        def came():
            for each in {job, Job.SWEEP_MAIL}:
                ring(own_redis_url, each)
            return len(smtp_server.accepted) >= before + number

        wait_until(came, every=0.5)
        db.session.rollback()
        new = smtp_server.accepted[before:]
        assert len(new) == number
        return {one.recipient: one.mail for one in new}

    return post


@pytest.fixture
def browser(own_app):
    return own_app.test_client()


@pytest.fixture
def api(own_app):
    """An officer's program: posts to the API, and answers what came back."""
    _token, secret = accounts.create_token("A test", Role.OFFICER, the_programme().id)
    db.session.commit()

    def api(path, **said):
        answer = own_app.test_client().post(
            f"/api/v1{path}", json=said, headers={"Authorization": f"Bearer {secret}"}
        )
        assert answer.status_code == 200, answer.text
        db.session.rollback()
        return answer.json

    return api


def invite(event):
    shown = audience.preview(event, Audience(kinds=("cooperative",)), seats=1)
    inviting.invite(event, shown, "vi")
    db.session.commit()


def body(mail, kind="text/plain"):
    part = next(one for one in mail.walk() if one.get_content_type() == kind)
    return part.get_payload(decode=True).decode()


def link(mail):
    """Answer the path of the personal link that stands in a mail."""
    return urlsplit(re.search(r"http://localhost/r/\S+", body(mail))[0]).path


def stop_link(mail):
    """Answer the path at which the mail program's own button stops such mail."""
    return urlsplit(re.search(r"<(http[^>]+)>", mail["List-Unsubscribe"])[1]).path


def let_a_day_pass():
    """Let what was sent today have been sent yesterday: nobody is reminded on the same day."""
    db.session.execute(update(Message).values(sent_at=Message.sent_at - timedelta(days=1)))
    db.session.commit()


def calendar(mail):
    """Answer what the calendar file of a mail says: method, identity, number of its version."""
    file = icalendar.Calendar.from_ical(body(mail, "text/calendar"))
    (entry,) = file.walk("VEVENT")
    return str(file["METHOD"]), str(entry["UID"]), int(entry["SEQUENCE"])


def answer(browser, path, act, **typed):
    page = browser.get(path).text
    sent = {name: hidden(page, name) for name in ("csrf_token", "submission")}
    assert browser.post(f"{path}/{act}", data={**sent, **typed}).status_code == 303
    db.session.rollback()


def accept(browser, path, name):
    first = {"full_name": name, "sex": "female", "post": "director"}
    typed = {f"delegates-0-{field}": value for field, value in first.items()}
    answer(browser, path, "accept", **typed)


def test_whoever_stops_such_mail_gets_none_and_is_shown_as_left_out(event, post, browser):
    invite(event)
    mails = post(3)

    pressed = browser.post(stop_link(mails[AN]), data=ONE_CLICK)
    db.session.rollback()
    again = make_event(the_programme(), title="Hội thảo", sessions=[_in_days(20)])
    shown = audience.preview(again, Audience(kinds=("cooperative",)), seats=1)
    inviting.invite(again, shown, "vi")
    db.session.commit()

    assert pressed.status_code == 200
    assert mails[AN]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [(one.name, one.reason) for one in shown.left_out] == [
        ("HTX an", Exclusion.UNSUBSCRIBED)
    ]
    assert set(post(2)) == {BINH, CHI}


def test_what_stands_in_the_queue_is_not_sent_to_whoever_stops_such_mail(event, post, browser):
    invite(event)
    stop = stop_link(post(3)[AN])
    reminders.add_rule(event, Anchor.START, DAYS)
    let_a_day_pass()

    browser.post(stop, data=ONE_CLICK)

    assert set(post(2, Job.SEND_REMINDERS)) == {BINH, CHI}


def test_only_who_has_not_answered_is_reminded_and_once(event, post, browser):
    invite(event)
    mails = post(3)
    accept(browser, link(mails[AN]), "Nguyễn Thị An")
    answer(browser, link(mails[BINH]), "decline", reason="Bận vụ")
    assert set(post(1)) == {AN}
    reminders.add_rule(event, Anchor.START, DAYS)
    let_a_day_pass()

    reminded = post(1, Job.SEND_REMINDERS)
    accept(browser, link(reminded[CHI]), "Trần Thị Chi")

    assert set(reminded) == {CHI}
    assert link(reminded[CHI]) != link(mails[CHI])
    assert set(post(1, Job.SEND_REMINDERS)) == {CHI}


def test_a_postponement_tells_each_once_with_the_next_version_of_the_same_entry(
    event, post, browser, api
):
    invite(event)
    mails = post(3)
    accept(browser, link(mails[AN]), "Nguyễn Thị An")
    answer(browser, link(mails[BINH]), "decline", reason="Bận vụ")
    first = calendar(post(1)[AN])
    (session,) = sessions_of(event)
    day, starts, ends = _in_days(DAYS + 7)

    new = {"session_id": session.id, "held_on": f"{day}", "starts_at": starts, "ends_at": ends}
    done = api(f"/events/{event.id}/postpone", reason="Bão số 3", sessions=[new])
    told = post(3)

    method, uid, sequence = calendar(told[AN])
    assert {one["address"] for one in done["consequences"]["by_mail"]} == set(told)
    assert first == ("REQUEST", uid, 0)
    assert (method, sequence) == ("REQUEST", 1)
    assert "Bão số 3" in body(told[CHI])
    assert f"{link(told[AN])}/confirm" in browser.get(link(told[AN])).text


def test_a_cancellation_takes_the_entry_away_and_no_reminder_follows(event, post, browser, api):
    invite(event)
    mails = post(3)
    accept(browser, link(mails[AN]), "Nguyễn Thị An")
    entry = calendar(post(1)[AN])
    reminders.add_rule(event, Anchor.START, DAYS)
    let_a_day_pass()

    api(f"/events/{event.id}/cancel", reason="Bão số 3")
    told = post(3, Job.SEND_REMINDERS)

    assert set(told) == {AN, BINH, CHI}
    assert calendar(told[AN]) == ("CANCEL", entry[1], 1)
    assert "/accept" not in browser.get(link(mails[BINH])).text


@pytest.mark.parametrize("in_time", [True, False], ids=["taken", "let pass"])
def test_a_free_place_is_offered_to_the_first_who_waits_and_then_to_the_next(
    event, post, browser, in_time
):
    event.capacity, event.offer_hours = 1, 8
    invite(event)
    links = {address: link(mail) for address, mail in post(3).items()}
    for address, name in ((AN, "Nguyễn Thị An"), (BINH, "Lê Thị Bình"), (CHI, "Trần Thị Chi")):
        accept(browser, links[address], name)
        assert set(post(1)) == {address}

    answer(browser, links[AN], "decline", reason="Ốm")
    assert set(post(1)) == {BINH}
    offer = db.session.scalars(select(Offer)).one()
    if in_time:
        answer(browser, links[BINH], f"offers/{offer.id}/take")
        assert set(post(1)) == {BINH}
    else:
        db.session.execute(update(Offer).values(deadline_at=clock.now() - timedelta(minutes=1)))
        db.session.commit()
        assert set(post(2, Job.GIVE_PLACES)) == {BINH, CHI}

    states = [one.state.value for one in db.session.scalars(select(Offer).order_by(Offer.id))]
    assert states == (["taken"] if in_time else ["expired", "open"])


def _in_days(number):
    return (clock.today() + timedelta(days=number), *MORNING)
