"""The outbox is carried to a real server, once."""

import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text

from coopevents import clock
from coopevents.db import db
from coopevents.jobs import Job, celery
from coopevents.mail import queries, service
from coopevents.mail.models import BatchState, Message, MessageState, Priority
from coopevents.mail.rendering import render
from tests.mail.drafts import age, draft, queue, queue_round, state_of
from workers import mail as worker
from workers.mail import deliver_messages, sweep_mail


def _count(state: MessageState) -> int:
    db.session.expire_all()
    statement = select(func.count(Message.id)).where(Message.state == state)
    return db.session.scalar(statement) or 0


def test_deliver_sends_what_is_due(app, smtp):
    message = queue(link="https://x.example/r/a")

    deliver_messages()

    assert [one.message_id for one in smtp.accepted] == [message.message_id]
    assert state_of(message) is MessageState.SENT
    assert smtp.accepted[0].mail["To"].endswith("<htx1@coop.example>")


def test_deliver_twice_sends_once(app, smtp):
    queue()

    deliver_messages()
    deliver_messages()

    assert len(smtp.accepted) == 1


def test_deliver_with_nothing_due_opens_no_line(app, smtp):
    deliver_messages()

    assert smtp.connections == 0


def test_a_held_round_does_not_leave_and_can_be_stopped(app, smtp):
    batch = queue_round(3)
    batch.hold_until = clock.now() + timedelta(seconds=60)
    db.session.flush()

    deliver_messages()
    while_held = queries.is_held(batch)
    service.stop_batch(batch)
    batch.hold_until = clock.now()
    deliver_messages()

    assert smtp.accepted == []
    assert while_held is True
    assert queries.count_by_state(batch)[MessageState.CANCELLED] == 3


def test_training_mode_cancels_what_it_does_not_allow(app, smtp, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_ALLOW", ["htx2@coop.example"])
    kept, sent = queue(1), queue(2)

    deliver_messages()

    db.session.refresh(kept)
    assert smtp.count_by_recipient() == {"htx2@coop.example": 1}
    assert (kept.state, kept.last_error) == (
        MessageState.CANCELLED,
        "the address is not in MAIL_ALLOW",
    )
    assert state_of(sent) is MessageState.SENT


def test_the_limit_of_a_minute_leaves_the_rest_waiting(app, smtp, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_RATE_PER_MINUTE", 4)
    batch = queue_round(7)

    deliver_messages()

    counts = queries.count_by_state(batch)
    assert len(smtp.accepted) == 4
    assert (counts[MessageState.SENT], counts[MessageState.QUEUED]) == (4, 3)


def test_a_server_that_is_away_costs_no_message_a_try(app, smtp):
    port, app.extensions["mail"].port = smtp.port, 1
    message = queue()

    deliver_messages()

    db.session.refresh(message)
    assert (message.state, message.tries) == (MessageState.QUEUED, 0)
    assert message.last_error is not None
    assert message.last_error.startswith("ConnectionRefusedError")
    message.next_try_at = clock.now()
    app.extensions["mail"].port = port
    deliver_messages()
    assert len(smtp.accepted) == 1


def test_a_refused_address_fails_and_the_others_are_sent(app, smtp):
    smtp.refuse["htx1@coop.example"] = "550 no such user"
    batch = queue_round(3)

    deliver_messages()

    counts = queries.count_by_state(batch)
    assert (counts[MessageState.SENT], counts[MessageState.FAILED]) == (2, 1)


def test_a_round_pauses_itself_when_everything_goes_wrong(app, smtp):
    smtp.answer = "451 come back"
    batch = queue_round(20)

    deliver_messages()

    counts = queries.count_by_state(batch)
    assert (batch.state, batch.paused_reason) == (BatchState.PAUSED, "451 come back")
    assert (counts[MessageState.RETRY], counts[MessageState.QUEUED]) == (5, 15)


def test_a_line_that_drops_after_the_text_makes_an_invitation_uncertain(app, smtp):
    smtp.drops = True
    invitation, answer = queue(1, priority=Priority.ROUND), queue(2)

    deliver_messages()
    smtp.drops = False
    again = db.session.get(Message, answer.id)
    again.next_try_at = clock.now()
    db.session.flush()
    deliver_messages()

    ids = Counter(one.message_id for one in smtp.accepted)
    assert state_of(invitation) is MessageState.UNCERTAIN
    assert state_of(answer) is MessageState.SENT
    assert ids == {invitation.message_id: 1, answer.message_id: 2}


def test_a_message_that_cannot_be_rendered_stops_no_other(app, smtp):
    broken, good = queue(1, context={"subject": "S"}), queue(2)

    deliver_messages()

    db.session.refresh(broken)
    assert (broken.state, broken.tries) == (MessageState.RETRY, 1)
    assert broken.last_error == "UndefinedError: 'paragraphs' is undefined"
    assert state_of(good) is MessageState.SENT


def test_no_transaction_waits_for_the_network(own_app, smtp_server):
    smtp_server.point(own_app)
    smtp_server.delay = 1
    message = queue()
    db.session.commit()
    thread = threading.Thread(target=_in_context, args=(own_app, deliver_messages))
    thread.start()
    smtp_server.wait_for(1)

    open_transactions = db.session.scalar(
        text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
        )
    )

    assert open_transactions == 0
    assert state_of(message) is MessageState.SENDING
    thread.join()


def _in_context(app: Flask, act) -> None:
    with app.app_context():
        act()


@pytest.mark.parametrize("rung", [True, False], ids=["task", "drain"])
def test_fifty_runs_at_once_send_one_mail(own_app, smtp_server, rung):
    smtp_server.point(own_app)
    smtp_server.delay = 0.2
    message = queue()
    db.session.commit()

    with ThreadPoolExecutor(50) as threads:
        runs = [deliver_messages if rung else _drain(own_app) for _ in range(50)]
        done = [threads.submit(_in_context, own_app, run) for run in runs]
    for one in done:
        one.result()

    assert [one.message_id for one in smtp_server.accepted] == [message.message_id]
    assert state_of(message) is MessageState.SENT


def _drain(app: Flask):
    return worker.Drain(app).run


def test_two_drains_at_once_share_a_round(own_app, smtp_server):
    smtp_server.point(own_app)
    smtp_server.delay = 0.01
    queue_round(60)
    db.session.commit()

    with ThreadPoolExecutor(2) as threads:
        done = [threads.submit(_in_context, own_app, _drain(own_app)) for _ in range(2)]
    for one in done:
        one.result()

    assert smtp_server.count_by_recipient() == {f"htx{n}@coop.example": 1 for n in range(60)}
    assert _count(MessageState.SENT) == 60


def test_two_workers_lease_disjoint_rows_at_the_same_moment(own_app):
    queue_round(100)
    db.session.commit()
    start = threading.Barrier(4)

    def lease() -> list[int]:
        with own_app.app_context():
            start.wait()
            leased = [message.id for message in service.lease(threading.current_thread().name, 30)]
            time.sleep(0.05)
            db.session.commit()
            return leased

    with ThreadPoolExecutor(4) as threads:
        leases = [one.result() for one in [threads.submit(lease) for _ in range(4)]]

    every = [one for leased in leases for one in leased]
    assert sorted(len(leased) for leased in leases) == [10, 30, 30, 30]
    assert len(set(every)) == 100


def test_two_that_queue_the_same_key_at_once_queue_one(own_app):
    start = threading.Barrier(2)

    def ask() -> int:
        with own_app.app_context():
            start.wait()
            message_id = service.queue_message(**draft()).id
            db.session.commit()
            return message_id

    with ThreadPoolExecutor(2) as threads:
        ids = [one.result() for one in [threads.submit(ask) for _ in range(2)]]

    assert len(set(ids)) == 1
    assert _count(MessageState.QUEUED) == 1


def test_stop_in_the_middle_lets_nothing_begin_afterwards(own_app, smtp_server):
    smtp_server.point(own_app)
    smtp_server.delay = 0.02
    batch = queue_round(80)
    db.session.commit()
    thread = threading.Thread(target=_in_context, args=(own_app, deliver_messages))
    thread.start()
    smtp_server.wait_for(10)

    cancelled = service.stop_batch(batch)
    db.session.commit()
    thread.join()

    counts = queries.count_by_state(batch)
    assert counts[MessageState.CANCELLED] == cancelled
    assert counts[MessageState.SENT] == len(smtp_server.accepted) == 80 - cancelled
    assert cancelled > 40


def test_a_bell_nobody_heard_is_rung_again_by_the_sweep(app, smtp):
    message = queue()
    db.session().info.pop("jobs")

    service.sweep(600)
    rung = db.session().info.pop("jobs")
    deliver_messages()

    assert rung == [(Job.DELIVER_MESSAGES, ())]
    assert [one.message_id for one in smtp.accepted] == [message.message_id]


@pytest.mark.parametrize(("mails", "calls"), [(worker.MOST - 1, False), (worker.MOST, True)])
def test_more_than_one_process_carries_at_once_calls_another(app, smtp, monkeypatch, mails, calls):
    monkeypatch.setitem(app.config, "MAIL_CONNECTIONS", 1)
    queue_round(mails)
    db.session.commit()
    rung = []
    monkeypatch.setattr(celery, "send_task", lambda name, **_more: rung.append(name))

    deliver_messages()

    assert len(smtp.accepted) == mails
    assert rung == [Job.DELIVER_MESSAGES.value] * calls


def test_a_sweep_with_nothing_due_rings_for_nobody(app):
    service.sweep(600)

    assert "jobs" not in db.session().info


def test_the_sweep_takes_its_patience_from_the_settings(app, monkeypatch):
    monkeypatch.setitem(app.config, "MAIL_LEASE_SECONDS", 5)
    queue()
    message = service.lease("a", 1)[0]
    age(6)

    sweep_mail()

    assert state_of(message) is MessageState.QUEUED


@pytest.mark.parametrize("priority", list(Priority))
def test_a_message_keeps_its_message_id_over_every_try(app, smtp, priority):
    smtp.answer = "451 come back"
    message = queue(priority=priority)
    deliver_messages()
    smtp.answer = None
    again = db.session.get(Message, message.id)
    again.next_try_at = clock.now()
    db.session.flush()

    deliver_messages()

    assert [one.message_id for one in smtp.accepted] == [message.message_id]
    assert render(message, clock.now()).msgId == message.message_id
