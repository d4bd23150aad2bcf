"""A thousand messages, and everything that can break while they leave.

Counted is what the mail server took. What it took twice, it took because a person said so.
"""

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text, update
from sqlalchemy.exc import OperationalError

from coopevents import clock, create_app, embedded
from coopevents.db import db
from coopevents.jobs import Job
from coopevents.lifecycle import founding
from coopevents.mail import delivery, queries, service
from coopevents.mail.models import Batch, BatchState, Message, MessageState
from tests.conftest import settings
from tests.mail.drafts import draft, queue_round
from tests.workers.processes import (
    LINES,
    PROCESSES,
    Worker,
    count_unfinished,
    environ_of,
    ring,
    sweep_until_finished,
    wait_until,
)
from workers import mail as worker

pytestmark = pytest.mark.long

SIZE = 1000
EVERYBODY = {f"htx{number}@coop.example" for number in range(SIZE)}
SOME = {f"htx{number}@coop.example" for number in range(0, SIZE, 40)}
"""One in forty: too few among twenty hand-overs for the round to pause itself."""

ROUNDS = 20
OUTAGE_SECONDS = 60
"""A minute: every line and the broker's client meet it many times, and tire of asking."""


def _counts(batch: Batch) -> dict[MessageState, int]:
    db.session.rollback()
    return {state: n for state, n in queries.count_by_state(batch).items() if n}


def _in_context(app: Flask, act) -> None:
    with app.app_context():
        act()


def _drain(app: Flask) -> None:
    _in_context(app, worker.Drain(app).run)


def _make_due() -> None:
    db.session.execute(update(Message).values(next_try_at=clock.now()))
    db.session.commit()


@pytest.fixture
def smtp_app(own_app, smtp_server):
    """An application that commits for real, and the server it sends to."""
    smtp_server.point(own_app)
    return own_app


def test_twenty_killed_workers_lose_nothing_and_repeat_nothing(own_redis_url, smtp_server, workers):
    chance = random.Random(20)  # noqa: S311 - it chooses moments
    smtp_server.delay = 0.05
    batch = queue_round(SIZE)
    db.session.commit()
    in_doubt, by_round = 0, []
    for _ in range(ROUNDS):
        lines = smtp_server.connections
        one = workers()
        ring(own_redis_url, Job.SWEEP_MAIL)
        ring(own_redis_url, Job.DELIVER_MESSAGES)
        smtp_server.wait_for(len(smtp_server.accepted) + chance.randint(1, 40))
        time.sleep(chance.random() * 0.05)
        one.kill()
        counts = _counts(batch)
        now = counts.get(MessageState.SENDING, 0) + counts.get(MessageState.UNCERTAIN, 0)
        by_round.append((now - in_doubt, smtp_server.connections - lines))
        in_doubt = now

    workers()
    ring(own_redis_url, Job.DELIVER_MESSAGES)
    sweep_until_finished(own_redis_url, 60)

    uncertain = {message.address for message in queries.list_uncertain(batch)}
    got = smtp_server.count_by_recipient()
    assert all(doubted <= opened for doubted, opened in by_round)
    assert max(opened for _doubted, opened in by_round) <= PROCESSES * LINES
    assert set(got) | uncertain == EVERYBODY
    assert set(got.values()) == {1}
    assert _counts(batch) == {
        state: number
        for state, number in (
            (MessageState.SENT, SIZE - len(uncertain)),
            (MessageState.UNCERTAIN, len(uncertain)),
        )
        if number
    }


def test_a_redis_that_is_stopped_and_forgets_everything_loses_nothing(
    own_redis_server, smtp_server, workers
):
    smtp_server.delay = 0.05
    first = queue_round(SIZE // 2)
    db.session.commit()
    workers()
    ring(own_redis_server.url, Job.DELIVER_MESSAGES)
    smtp_server.wait_for(50)

    own_redis_server.stop()
    second = queue_round(SIZE // 2, first=SIZE // 2)
    db.session.commit()
    time.sleep(OUTAGE_SECONDS)
    own_redis_server.start()
    sweep_until_finished(own_redis_server.url, 60)

    assert smtp_server.count_by_recipient() == dict.fromkeys(EVERYBODY, 1)
    assert _counts(first) == _counts(second) == {MessageState.SENT: SIZE // 2}


@pytest.fixture
def own_postgres(tmp_path_factory):
    """A PostgreSQL of the test's own, which is started again whenever it ends; its folder."""
    folder = tmp_path_factory.mktemp("pg")
    running = embedded.provide(folder)
    yield folder, running
    embedded.release(folder)


@pytest.fixture
def restarted_app(own_postgres, tmp_path):
    """An application over the PostgreSQL that the test may restart."""
    _folder, running = own_postgres
    app = create_app({**settings(running, "coopevents"), "DATA_DIR": tmp_path})
    with app.app_context():
        upgrade()
        founding.found()
        db.session.commit()
        yield app
        db.session.remove()
        db.engine.dispose()


def _restart(folder) -> None:
    pid_file = folder / "postgres" / "postmaster.pid"
    before = int(pid_file.read_text().splitlines()[0])
    # As `pg_ctl restart -m fast`: every connection is cut off in the middle of what it does.
    os.kill(before, signal.SIGINT)

    def is_back() -> bool:
        try:
            db.session.rollback()
            db.session.execute(text("SELECT 1"))
            return int(pid_file.read_text().splitlines()[0]) != before
        except (OperationalError, OSError, IndexError, ValueError):
            return False

    wait_until(is_back)


def test_a_postgresql_that_restarts_loses_nothing_and_repeats_nothing(
    own_postgres, restarted_app, own_redis_url, smtp_server, tmp_path
):
    folder, _running = own_postgres
    smtp_server.delay = 0.05
    batch = queue_round(SIZE)
    db.session.commit()
    batch_id = batch.id
    one = Worker(environ_of(restarted_app, own_redis_url, smtp_server, tmp_path), tmp_path / "log")
    try:
        for _ in range(2):
            ring(own_redis_url, Job.DELIVER_MESSAGES)
            smtp_server.wait_for(len(smtp_server.accepted) + 100)
            _restart(folder)
        sweep_until_finished(own_redis_url, 60)
    finally:
        one.kill()

    batch = queries.get_batch(batch_id)
    uncertain = {message.address for message in queries.list_uncertain(batch)}
    got = smtp_server.count_by_recipient()
    assert set(got) | uncertain == EVERYBODY
    assert set(got.values()) == {1}
    assert len(uncertain) <= 2 * LINES * PROCESSES
    assert count_unfinished() == 0


def test_addresses_a_server_does_not_know_fail_and_stop_nobody_else(smtp_app, smtp_server):
    smtp_server.refuse = dict.fromkeys(SOME, "550 5.1.1 no such user")
    batch = queue_round(SIZE)
    db.session.commit()

    _drain(smtp_app)

    assert _counts(batch) == {
        MessageState.SENT: SIZE - len(SOME),
        MessageState.FAILED: len(SOME),
    }
    assert smtp_server.count_by_recipient() == dict.fromkeys(EVERYBODY - SOME, 1)


@pytest.mark.parametrize("answer", ["451 4.7.1 come back later", "421 4.3.2 closing"])
def test_a_server_that_puts_everybody_off_once_gets_each_mail_once(smtp_app, smtp_server, answer):
    smtp_server.once = dict.fromkeys(EVERYBODY, answer)
    service.queue_messages([draft(number) for number in range(SIZE)])
    db.session.commit()

    _drain(smtp_app)
    first = _count_states()
    _make_due()
    _drain(smtp_app)

    # Whatever was due again within the first run was sent in it.
    assert first[MessageState.RETRY] == SIZE - first.get(MessageState.SENT, 0) > 0
    assert _count_states() == {MessageState.SENT: SIZE}
    assert smtp_server.count_by_recipient() == dict.fromkeys(EVERYBODY, 1)


def _count_states() -> dict[MessageState, int]:
    db.session.rollback()
    rows = db.session.execute(text("SELECT state, count(*) FROM messages GROUP BY state"))
    return {MessageState(state): number for state, number in rows}


@pytest.mark.parametrize(
    ("answer", "left_in", "least"),
    [
        ("550 5.1.1 nobody is known here", MessageState.FAILED, service.PAUSE_AFTER),
        ("550 5.7.1 not from you", MessageState.RETRY, service.BLOCKED_AFTER),
        ("451 4.3.0 come back", MessageState.RETRY, service.PAUSE_AFTER),
        ("421 4.3.2 closing", MessageState.RETRY, service.PAUSE_AFTER),
    ],
)
def test_a_server_that_takes_nothing_pauses_the_round_and_later_gets_the_rest(
    smtp_app, smtp_server, answer, left_in, least
):
    smtp_server.answer = answer
    batch = queue_round(SIZE)
    db.session.commit()

    _drain(smtp_app)
    paused = _counts(batch)
    state = batch.state
    smtp_server.answer = None
    service.resume_batch(batch)
    db.session.commit()
    _make_due()
    _drain(smtp_app)

    touched = paused[left_in]
    failed = touched if left_in is MessageState.FAILED else 0
    assert state is BatchState.PAUSED
    assert least <= touched < least + 4
    assert paused == {left_in: touched, MessageState.QUEUED: SIZE - touched}
    assert _counts(batch).get(MessageState.SENT) == SIZE - failed
    assert set(smtp_server.count_by_recipient().values()) == {1}


@pytest.mark.parametrize("fault", ["drops", "hangs"])
def test_a_server_that_takes_a_mail_and_says_nothing_leaves_it_to_a_person(
    smtp_app, smtp_server, monkeypatch, fault
):
    monkeypatch.setattr(delivery, "TIMEOUT", 1)
    setattr(smtp_server, f"{fault}_for", SOME)
    batch = queue_round(SIZE)
    db.session.commit()

    _drain(smtp_app)
    left = _counts(batch)
    uncertain = queries.list_uncertain(batch)
    again, *taken = uncertain
    address, addresses = again.address, {message.address for message in uncertain}
    service.decide_uncertain(again, resend=True)
    for message in taken:
        service.decide_uncertain(message, resend=False)
    db.session.commit()
    smtp_server.drops_for = smtp_server.hangs_for = set()
    _drain(smtp_app)

    assert left == {MessageState.SENT: SIZE - len(SOME), MessageState.UNCERTAIN: len(SOME)}
    assert addresses == SOME
    assert _counts(batch) == {MessageState.SENT: SIZE}
    assert smtp_server.count_by_recipient() == {**dict.fromkeys(EVERYBODY, 1), address: 2}


def test_answers_a_server_said_nothing_to_are_sent_again_under_the_same_id(smtp_app, smtp_server):
    smtp_server.drops_for = set(SOME)
    service.queue_messages([draft(number) for number in range(SIZE)])
    db.session.commit()

    _drain(smtp_app)
    left = _count_states()
    smtp_server.drops_for = set()
    _make_due()
    _drain(smtp_app)

    assert left == {MessageState.SENT: SIZE - len(SOME), MessageState.RETRY: len(SOME)}
    assert _count_states() == {MessageState.SENT: SIZE}
    assert len({one.message_id for one in smtp_server.accepted}) == SIZE
    # A slow first drain sends one of them again itself.
    got = smtp_server.count_by_recipient()
    assert {address for address, times in got.items() if times > 1} == SOME


def test_fifty_drains_at_once_send_each_of_a_thousand_once(smtp_app, smtp_server):
    batch = queue_round(SIZE)
    db.session.commit()

    with ThreadPoolExecutor(50) as threads:
        done = [threads.submit(_drain, smtp_app) for _ in range(50)]
    for one in done:
        one.result()

    assert smtp_server.count_by_recipient() == dict.fromkeys(EVERYBODY, 1)
    assert _counts(batch) == {MessageState.SENT: SIZE}
