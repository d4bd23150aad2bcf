"""The mailbox is read over IMAP: each mail once, whoever dies in between."""

import re

import pytest
from sqlalchemy import func, select, text

from coopevents.audit.models import AuditEntry
from coopevents.bounces.models import AddressCall
from coopevents.db import db
from coopevents.directory.models import Channel, ContactPoint
from coopevents.jobs import Job
from coopevents.mail import unsubscribing
from coopevents.mail.models import (
    MailboxPlace,
    MailKind,
    Message,
    MessageState,
    Priority,
    ReturnedMail,
    ReturnKind,
)
from coopevents.mail.unsubscribing import Kept
from coopevents.programme.queries import the_programme
from tests.bounces.making import point_of
from tests.factories import make_contact_point, make_organisation, make_person
from tests.imap import ImapServer
from tests.mail.drafts import queue, queue_round, state_of
from tests.mail.reports import report
from tests.workers.processes import Worker, ring, wait_until
from workers import returned as worker
from workers.mail import deliver_messages
from workers.returned import read_returned

ADDRESS = "htx1@coop.example"


@pytest.fixture
def box(app, monkeypatch):
    with ImapServer() as server:
        monkeypatch.setitem(app.config, "BOUNCE_MAILBOX", server.url)
        yield server


@pytest.fixture
def point(programme):
    organisation = make_organisation(programme, name="HTX Rau An", email=ADDRESS)
    found = select(ContactPoint).where(ContactPoint.organisation_id == organisation.id)
    return db.session.scalars(found).one()


@pytest.fixture
def sent(programme, point, smtp) -> Message:
    """A message of a round that its first server took."""
    message = queue(priority=Priority.ROUND, contact_point_id=point.id, programme_id=programme.id)
    deliver_messages()
    db.session.refresh(message)
    assert message.state is MessageState.SENT
    return message


def _count(model) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _kinds() -> list[ReturnKind]:
    return list(db.session.scalars(select(ReturnedMail.kind).order_by(ReturnedMail.id)))


@pytest.mark.parametrize("name", ["postfix", "exim", "exim_prose", "gmail", "outlook", "exchange"])
def test_a_mail_that_comes_back_late_is_told_to_everybody(box, sent, point, name):
    kept = box.put(report(name, sent))

    read_returned()

    db.session.refresh(point)
    (call,) = db.session.scalars(select(AddressCall)).all()
    acts = db.session.scalars(select(AuditEntry.act).order_by(AuditEntry.id)).all()
    assert state_of(sent) is MessageState.BOUNCED
    assert (point.held_at is None, point.held_reason.split()[0]) == (False, call.status)
    assert (call.contact_point_id, call.message_id, call.address) == (point.id, sent.id, ADDRESS)
    assert call.done_at is None
    assert box.read == [kept.number]
    assert {"message.bounced", "contact.held", "address_call.opened"} <= set(acts)


def test_what_is_delayed_is_noted_and_changes_nothing(box, sent, point):
    kept = box.put(report("postfix_delayed", sent))

    read_returned()

    assert _kinds() == [ReturnKind.DELAYED]
    assert state_of(sent) is MessageState.SENT
    assert point.held_at is None
    assert _count(AddressCall) == 0
    assert box.read == [kept.number]


def test_what_a_server_gave_up_for_now_makes_a_call_and_holds_nothing(box, sent, point):
    box.put(report("postfix_expired", sent))

    read_returned()

    assert _kinds() == [ReturnKind.GIVEN_UP]
    assert state_of(sent) is MessageState.SENT
    assert point.held_at is None
    assert _count(AddressCall) == 1


def test_a_server_that_refuses_us_says_nothing_of_the_address(box, sent, point):
    box.put(report("refused_by_policy", sent))

    read_returned()

    assert state_of(sent) is MessageState.BOUNCED
    assert point.held_at is None
    assert _count(AddressCall) == 1


@pytest.mark.parametrize("name", ["vacation", "human", "disposition", "cut_off", "arrived"])
def test_what_is_no_report_stays_unread_and_changes_nothing(box, sent, point, name, capsys):
    box.put(report(name, sent))

    read_returned()

    said = capsys.readouterr().out
    assert box.read == []
    assert state_of(sent) is MessageState.SENT
    assert (_count(ReturnedMail), _count(AddressCall), point.held_at) == (0, 0, None)
    assert "a mail was left unread" in said
    assert "coop.example" not in said


def test_a_report_about_a_message_that_is_not_ours_stays_unread(box, sent):
    box.put(report("postfix"))

    read_returned()

    assert box.read == []
    assert state_of(sent) is MessageState.SENT


def test_reading_again_does_nothing_and_fetches_nothing(box, sent):
    box.put(report("postfix", sent))
    box.put(report("human"))
    read_returned()
    box.commands.clear()

    read_returned()

    assert [one for one in box.commands if "FETCH" in one or "STORE" in one] == []
    assert (_count(ReturnedMail), _count(AddressCall)) == (1, 1)


def test_a_mailbox_numbered_anew_is_read_again_and_nothing_happens_twice(box, sent):
    box.put(report("human"))
    box.put(report("postfix", sent))
    read_returned()
    acts = _count(AuditEntry)
    box.mails.pop(0)
    box.number_anew()

    read_returned()

    place = db.session.scalars(select(MailboxPlace)).one()
    assert (place.validity, place.last_number) == (8, 1)
    assert (_count(ReturnedMail), _count(AddressCall), _count(AuditEntry)) == (1, 1, acts)


@pytest.mark.parametrize("command", ["UID STORE", "LOGOUT"])
def test_a_line_that_breaks_after_the_commit_loses_and_repeats_nothing(box, sent, command):
    box.put(report("postfix", sent))
    box.breaks_at = command

    read_returned()
    read_returned()

    assert state_of(sent) is MessageState.BOUNCED
    assert (_count(ReturnedMail), _count(AddressCall)) == (1, 1)
    assert box.read == [1]


@pytest.mark.parametrize("command", ["LOGIN", "SELECT", "UID SEARCH", "UID FETCH"])
def test_a_line_that_breaks_before_is_taken_up_with_the_next_reading(box, sent, command):
    box.put(report("postfix", sent))
    box.breaks_at = command

    read_returned()
    before = state_of(sent)
    read_returned()

    assert (before, state_of(sent)) == (MessageState.SENT, MessageState.BOUNCED)


def test_a_wrong_password_is_told_without_it(box, app, monkeypatch, capsys):
    monkeypatch.setitem(app.config, "BOUNCE_MAILBOX", box.url.replace("p%40ss%2Fword", "s3cret"))

    read_returned()

    said = capsys.readouterr().out
    assert "the mailbox of returned mail cannot be read" in said
    assert "s3cret" not in said


def test_a_server_that_is_away_is_told(app, monkeypatch, capsys):
    monkeypatch.setitem(app.config, "BOUNCE_MAILBOX", "imap://a:b@127.0.0.1:1/INBOX")

    read_returned()

    assert "the mailbox of returned mail cannot be read" in capsys.readouterr().out


def test_without_a_mailbox_there_is_nothing_to_read(app):
    read_returned()

    assert _count(MailboxPlace) == 0


def test_a_mail_nobody_can_keep_stops_none_that_follow(box, sent, monkeypatch, programme):
    box.put(report("exim", sent).replace(b"5.0.0", b"5.0.1"))
    box.put(report("postfix", sent))
    real = worker.receiving.record_returned

    def record(data, returned):
        if returned.status == "5.0.1":
            db.session.execute(text("SELECT 1/0"))
        return real(data, returned)

    monkeypatch.setattr(worker.receiving, "record_returned", record)

    read_returned()

    assert box.read == [2]
    assert state_of(sent) is MessageState.BOUNCED


@pytest.mark.parametrize(
    "state",
    [MessageState.SENDING, MessageState.UNCERTAIN, MessageState.RETRY, MessageState.QUEUED],
)
def test_a_message_in_doubt_that_comes_back_is_in_doubt_no_more(box, sent, state):
    db.session.execute(
        text("UPDATE messages SET state = :state WHERE id = :id"), {"state": state, "id": sent.id}
    )
    box.put(report("postfix", sent))

    read_returned()

    assert state_of(sent) is MessageState.BOUNCED


@pytest.mark.parametrize("state", [MessageState.FAILED, MessageState.CANCELLED])
def test_a_message_that_ended_otherwise_keeps_its_end(box, sent, point, state):
    db.session.execute(
        text("UPDATE messages SET state = :state WHERE id = :id"), {"state": state, "id": sent.id}
    )
    box.put(report("postfix", sent))

    read_returned()

    assert state_of(sent) is state
    assert point.held_at is not None


def test_an_address_that_was_corrected_since_is_not_held(box, sent, point):
    point.value = "right@coop.example"
    box.put(report("postfix", sent))

    read_returned()

    (call,) = db.session.scalars(select(AddressCall)).all()
    assert state_of(sent) is MessageState.BOUNCED
    assert point.held_at is None
    assert (call.contact_point_id, call.address) == (point.id, ADDRESS)


def test_everybody_with_the_same_address_is_held_and_called(box, sent, point, programme):
    shared = make_contact_point(make_person(programme), Channel.EMAIL, ADDRESS)
    other = make_contact_point(make_organisation(programme), Channel.EMAIL, "x@coop.example")
    box.put(report("postfix", sent))

    read_returned()

    called = db.session.scalars(select(AddressCall.contact_point_id)).all()
    assert sorted(called) == sorted([point.id, shared.id])
    assert (shared.held_at is None, other.held_at) == (False, None)


def test_two_mails_that_come_back_make_one_call(box, sent, point, programme):
    second = queue(2, address=ADDRESS, contact_point_id=point.id, programme_id=programme.id)
    deliver_messages()
    box.put(report("postfix", sent))
    box.put(report("exim", second))

    read_returned()

    assert (_count(ReturnedMail), _count(AddressCall)) == (2, 1)
    assert state_of(second) is MessageState.BOUNCED


def test_what_waits_for_a_dead_address_is_not_sent(box, sent, point, smtp):
    box.put(report("postfix", sent))
    read_returned()
    batch = queue_round(1, contact_point_id=point.id)

    deliver_messages()

    reasons = db.session.scalars(
        select(Message.last_error).where(Message.batch_id == batch.id)
    ).all()
    assert reasons == ["held"]
    assert len(smtp.accepted) == 1


def test_a_message_to_nobody_in_the_register_only_bounces(box, smtp):
    message = queue()
    deliver_messages()
    box.put(report("postfix", message))

    read_returned()

    assert state_of(message) is MessageState.BOUNCED
    assert _count(AddressCall) == 0


def test_the_address_mail_comes_back_to_names_the_message(app, smtp, monkeypatch):
    monkeypatch.setitem(app.config, "BOUNCE_ADDRESS", "bounces+*@coop.example")
    message = queue()
    key = message.message_id.strip("<>").split("@")[0]

    deliver_messages()

    assert [one.sender for one in smtp.accepted] == [f"bounces+{key}@coop.example"]
    assert smtp.accepted[0].mail["X-Coopevents-Message"] == key


def test_a_mail_to_the_mailbox_stops_such_mail(box, app, programme, point, smtp):
    message = queue(priority=Priority.ROUND, contact_point_id=point.id, programme_id=programme.id)
    deliver_messages()
    (accepted,) = smtp.accepted
    (mailto,) = re.findall(r"<(mailto:[^>]+)>", accepted.mail["List-Unsubscribe"])
    assert mailto.startswith("mailto:office@coop.example?subject=unsubscribe%20")
    token = mailto.rpartition("%20")[2]
    kept = box.put(f"From: {ADDRESS}\r\nSubject: unsubscribe {token}\r\n\r\n".encode())
    strange = box.put(b"Subject: unsubscribe AAAAAAAAAAAAAAAAAAAAAA\r\n\r\n")

    read_returned()

    assert message.kind is MailKind.INVITATIONS
    assert point.unsubscribed_at is not None
    assert box.read == [kept.number]
    assert strange.flags == set()


def test_stopping_by_mail_once_does_not_undo_a_later_change_of_mind(box, point, smtp):
    (address,) = unsubscribing.keep_links([Kept(point.id, MailKind.INVITATIONS, ADDRESS)])
    token = address.rpartition("/")[2]
    box.put(f"Subject: unsubscribe {token}\r\n\r\n".encode())
    read_returned()
    unsubscribing.take_back(unsubscribing.open_link(token), MailKind.INVITATIONS)
    box.number_anew()

    read_returned()

    assert point.unsubscribed_at is None


def test_a_real_worker_sends_and_learns_that_it_came_back(
    own_app, own_redis_url, smtp_server, environ, tmp_path
):
    programme = the_programme()
    organisation = make_organisation(programme, name="HTX Rau An", email=ADDRESS)
    message = queue(
        priority=Priority.ROUND,
        contact_point_id=point_of(organisation).id,
        programme_id=programme.id,
    )
    db.session.commit()
    with ImapServer() as server:
        running = Worker({**environ, "BOUNCE_MAILBOX": server.url}, tmp_path / "worker.log")
        try:
            ring(own_redis_url, Job.DELIVER_MESSAGES)
            smtp_server.wait_for(1)
            server.put(report("postfix", message))
            for _ in "12":
                ring(own_redis_url, Job.READ_RETURNED)
            wait_until(lambda: server.read == [1])
        finally:
            running.kill()

    db.session.rollback()
    (call,) = db.session.scalars(select(AddressCall)).all()
    assert state_of(message) is MessageState.BOUNCED
    assert (call.address, call.contact_point.held_at is None) == (ADDRESS, False)
    assert _count(ReturnedMail) == 1
